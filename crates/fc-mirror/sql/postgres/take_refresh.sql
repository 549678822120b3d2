-- One refresh of the hour's budget.
UPDATE fc_tenant
SET refresh_count = CASE WHEN refresh_hour = $3 THEN refresh_count + 1 ELSE 1 END, refresh_hour = $3
WHERE shard = $1 AND id = $2 AND $4 > CASE WHEN refresh_hour = $3 THEN refresh_count ELSE 0 END
