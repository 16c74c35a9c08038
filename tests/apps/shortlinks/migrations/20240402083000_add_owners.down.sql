ALTER TABLE links DROP COLUMN owner_id;
DROP TABLE owners;
