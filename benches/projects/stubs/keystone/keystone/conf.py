class CONF:
    class identity:
        default_domain_id = "default"

    class saml:
        relay_state_prefix = "ss:mem:"
