-- A page of the contacts with one surname, as an operator looks somebody up.
local stored = tonumber(os.getenv("STORED"))
local threads = 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end

function init() math.randomseed(os.time() + id * 7919) end

function request()
    return wrk.format("GET", "/api/v1/contacts?$filter=surname%20eq%20'name" .. math.random(stored) .. "'")
end

wrk.headers["Authorization"] = "Bearer " .. os.getenv("TOKEN")
