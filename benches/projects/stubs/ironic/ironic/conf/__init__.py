class CONF:
    default_portgroup_mode = "active-backup"
    default_network_interface = None

    class dhcp:
        dhcp_provider = "neutron"
