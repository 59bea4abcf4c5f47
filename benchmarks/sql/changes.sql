-- What a person changes in records that exist: the description of one row in `every` that was not sent back (not a defect).
UPDATE dataverse.msdyn_actuals
SET msdyn_description = 'Corrected: ' || msdyn_description, modifiedon = getvariable('changed_at'), versionnumber = versionnumber + 10000000
WHERE hash(msdyn_actualid) % getvariable('every') = 0;
