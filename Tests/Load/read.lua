local stored = tonumber(os.getenv("STORED"))
local threads = 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end

function init() math.randomseed(os.time() + id * 7919) end

function request()
    local n = math.random(stored)
    return wrk.format("GET", "/api/v1/clients/c" .. (n % 100) .. "/contacts/s" .. n)
end

wrk.headers["Authorization"] = "Bearer " .. os.getenv("TOKEN")
