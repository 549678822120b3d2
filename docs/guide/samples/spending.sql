-- Money that left each account, by month, in minor units.
SELECT account, currency, substr(day, 1, 7) AS month, sum(spent) AS spent
FROM fc_daily_spending
GROUP BY account, currency, month
HAVING sum(spent) > 0
ORDER BY month DESC, account;
