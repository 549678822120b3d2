SELECT count(*)
FROM fc_worker
WHERE shard = ?1 AND tenant = ?2 AND seen_ms > ?3
