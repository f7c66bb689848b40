/*---
message       = "merge configurations and api_tokens"
revision      = "e6a81f5b20cd"
down_revision = ["d41e7a6b90c2", "5d93c2e8147f"]
branch_labels = []
depends_on    = []
create_date   = 2026-03-24T13:58:10Z
---*/

--- upgrade

--- downgrade
