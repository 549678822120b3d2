UPDATE fc_event
SET raw = NULL
WHERE shard = ?1 AND tenant = ?2 AND account = ?3 AND wanted <= ?4 AND raw IS NOT NULL
