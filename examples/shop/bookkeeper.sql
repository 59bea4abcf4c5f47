-- The bookkeeper's day, done in the books themselves: draft journals are posted, and orders learn their booking.
-- May run again; the second time it changes nothing.
UPDATE books."Journals"
SET "Status" = 1, "BookingNumber" = 'B-' || strftime("Day", '%m%d') || '-' || "Currency" || CASE "Kind" WHEN 'sales' THEN '-S' ELSE '-P' END,
    "BookedOn" = "Day",
    "ChangedAt" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP), "Version" = "Version" + 1
WHERE "Status" = 0;
UPDATE books."SalesOrders" AS sale
SET "BookingNumber" = posted."BookingNumber", "BookedOn" = posted."BookedOn",
    "ChangedAt" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP), "Version" = sale."Version" + 1
FROM (
    SELECT line."Document" AS number, min(journal."BookingNumber") AS "BookingNumber", min(journal."BookedOn") AS "BookedOn"
    FROM books."JournalLines" AS line JOIN books."Journals" AS journal ON journal."Number" = line."Journal"
    WHERE line."Kind" = 'receivable' AND journal."Status" = 1
    GROUP BY line."Document"
) AS posted
WHERE posted.number = sale."Number" AND sale."BookingNumber" IS DISTINCT FROM posted."BookingNumber";
-- Meyer has paid late: prepaid from now on. The bakery is blocked. The Coop has a new address for bills.
UPDATE books."Parties"
SET "Terms" = 'PREPAID', "ChangedAt" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP), "Version" = "Version" + 1
WHERE "Number" = 'C-1002' AND "Terms" IS DISTINCT FROM 'PREPAID';
UPDATE books."Parties"
SET "Blocked" = true, "ChangedAt" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP), "Version" = "Version" + 1
WHERE "Number" = 'C-1003' AND "Blocked" IS DISTINCT FROM true;
UPDATE books."Parties"
SET "Email" = 'bills@port.example', "ChangedAt" = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP), "Version" = "Version" + 1
WHERE "Number" = 'C-1004' AND "Email" IS DISTINCT FROM 'bills@port.example';
