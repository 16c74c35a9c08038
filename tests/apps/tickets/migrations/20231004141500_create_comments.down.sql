DROP TABLE comments;
DROP FUNCTION reopen_ticket();
