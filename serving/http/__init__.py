"""Rules for every request: errors, security headers, proxies, limits, caching."""
