"""The tree over each tenant's facts in Postgres: who makes it grow, who looks at it, who carries it away."""
