-- For wrk: milliseconds that each connection waits before its next request.
function delay()
  return 5
end
