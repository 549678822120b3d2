UPDATE fc_shard
SET next_change = next_change + ?2
WHERE shard = ?1
RETURNING next_change - ?2
