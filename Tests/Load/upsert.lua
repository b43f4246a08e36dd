-- The mix: of 100 upserts 5 are invalid, 10 change nothing, 43 change an existing contact, 42 create a new one. Each has one location or more.
local clients, locations, stored, database = 100, tonumber(os.getenv("LOCATIONS")), tonumber(os.getenv("STORED")), os.getenv("RUN")
local template = '{"clientRef":"c%d","contactRef":"%s","salutation":"Mr","forename":"John","surname":"%s","contact1":"","contact1Type":"1","contact2":"07123456789","contact2Type":"10","contact3":"test@test.test","contact3Type":"6","contact4":"","contact4Type":"1","preferredContact":"%d","address1":"Address line 1","address2":"Address line 2","address3":"Address line 3","address4":"Address line 4","notes":"These are notes","considerations":"These are considerations","postCode":"EX49HL","locations":[%s]}'
local link = '{"locationRef":"l%d","isPreferred":"False","startDate":"09/07/2019","endDate":"18/12/2019","usageTypeId":"1"}'
local links = {}
for i = 1, locations do links[i] = string.format(link, i) end
links = table.concat(links, ",")

local threads = 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end

function init() math.randomseed(os.time() + id * 7919); serial = 0; refused = 0; failed = 0 end

function request()
    serial = serial + 1
    local dice, preferred = math.random(100), 1
    local n = math.random(stored)
    local ref, surname = "s" .. n, "Changed" .. serial
    if dice <= 5 then preferred = 9
    elseif dice <= 15 then ref, surname = "u" .. (n % 1000 + 1), "Test"; n = n % 1000 + 1
    elseif dice > 58 then ref = "n" .. database .. "-" .. id .. "-" .. serial end
    wrk.body = string.format(template, n % clients, ref, surname, preferred, links)
    return wrk.format("POST", "/rest/contact/contact")
end

function response(status) if status == 400 then refused = refused + 1 elseif status ~= 200 then failed = failed + 1 end end

wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("TOKEN")
