DROP INDEX links_by_owner;
