SELECT mcp_call_tool(:key, 'fetch_jobs', '{"limit": 50}', '{"name": "bench", "version": "1"}');
