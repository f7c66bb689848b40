/*---
message       = "create api_tokens"
revision      = "5d93c2e8147f"
down_revision = "8e2f9d0c63a5"
branch_labels = []
depends_on    = []
create_date   = 2026-03-12T11:07:29Z
---*/

--- upgrade
CREATE TABLE api_tokens (
    digest     VARCHAR(64) PRIMARY KEY,
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label      VARCHAR(80) NOT NULL,
    expires_at TIMESTAMP
);
CREATE INDEX ix_api_tokens_user_id ON api_tokens (user_id);

--- downgrade
DROP TABLE api_tokens;
