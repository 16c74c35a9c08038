CREATE INDEX links_by_owner ON links (owner_id, created_at DESC) WHERE owner_id IS NOT NULL;
