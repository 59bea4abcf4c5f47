SELECT * EXCLUDE (modifiedon, versionnumber, msdyn_vouchernumber), msdyn_vouchernumber IS NOT NULL AS posted
FROM dataverse.msdyn_actuals
ORDER BY msdyn_actualid
