DROP INDEX tickets_tags;
