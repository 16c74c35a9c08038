CREATE INDEX tickets_tags ON tickets USING gin (tags);
