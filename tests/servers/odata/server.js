// Serves one OData service from model.json in the working folder: the tables lie in a SQLite file, the port is free and
// on loopback, and the process ends when its standard input is closed, so that nothing outlives the tests.
//
// What CAP leaves out and Dataverse does is added here, in handlers; everything else is CAP. See README.md.

const cds = require('@sap/cds')
const ODataAdapter = require('@sap/cds/libx/odata/ODataAdapter')
const { DatabaseSync } = require('node:sqlite')
const { once } = require('node:events')
const { readFileSync } = require('node:fs')

const model = JSON.parse(readFileSync('model.json', 'utf8'))
const { namespace, path, lookups, choices, times, noDate } = model.crosswalk
const REFUSED = 'A lookup is written through its navigation property, not through its value.'

process.stdin.resume()
process.stdin.on('end', () => process.exit(0))

/** Turns `x@odata.bind`, which CAP has made `{x: {key}}`, into the value column of the lookup. */
function bind (set, row, reject) {
  for (const name of Object.keys(row)) {
    const bare = name.replace(/@odata\.bind$/, '')
    const lookup = lookups[set]?.navigation[bare]
    if (lookup) {
      row[lookup.value] = bare === name ? Object.values(row[name] ?? { none: null })[0] : onlyKey(row[name])
      delete row[name]
    } else if (name in (lookups[set]?.values ?? {})) reject(400, REFUSED)
    else if (name.includes('@odata.')) delete row[name]
  }
  return row
}

/** Keeps dates as Finance and Operations does: at noon, and the first moment of 1900 for none. */
function keepTimes (set, row) {
  for (const [name, kind] of Object.entries(times[set] ?? {})) {
    if (row[name] === null) row[name] = noDate
    else if (row[name] && kind === 'date' && row[name] !== noDate) row[name] = `${row[name].slice(0, 10)}T12:00:00.0000000Z`
  }
}

/** Reads the key out of `/accounts(1a2b...)`; the address may be absolute or relative. */
function onlyKey (reference) {
  return reference === null ? null : Object.values(keyOf(reference))[0]
}

/** Reads `set(name='it''s',other=5)` and `set(5)`, whose name is empty, as values by name. */
function keyOf (reference) {
  const inside = decodeURIComponent(/\((.*)\)[^)]*$/.exec(reference)?.[1] ?? '')
  const parts = inside.matchAll(/(?:^|,)(?:(\w+)=)?('(?:[^']|'')*'|[^,]*)/g)
  const text = value => (value.startsWith("'") ? value.slice(1, -1).replaceAll("''", "'") : value)
  return Object.fromEntries([...parts].map(([, name = '', value]) => [name, text(value)]))
}

/** Finds the row that an alternate key names; when there is none, the values of the key go into the row to be made. */
async function resolve (entity, named) {
  const [key] = Object.keys(entity.keys)
  const found = await SELECT.one.from(entity).columns(key).where(named)
  return found ? { key, id: found[key], values: {} } : { key, id: cds.utils.uuid(), values: named }
}

/** Tells whether these names are an alternate key: columns, but not the primary key. */
function isAlternate (entity, named) {
  const names = Object.keys(named)
  return names.length > 0 && names.every(name => entity.elements[name]) && !names.every(name => name in entity.keys)
}

/** Runs before CAP reads an address, in batches too. CAP knows no alternate keys, and in a batch only paths that start at
 * the service without a slash; Dataverse takes full addresses and paths from the host there. */
async function onAddress (req, res, next) {
  if (req._subrequest) req.url = req.url.replace(/^https?:\/\/[^/]+/, '').replace(path, '').replace(/^\/?/, '/')
  const [, set, rest] = /^\/(\w+)\([^)']*(?:'[^']*'[^)']*)*\)(.*)$/.exec(req.url) ?? []
  const entity = set && cds.model.definitions[`${namespace}.${set}`]
  const named = entity ? keyOf(req.url.slice(0, req.url.length - rest.length)) : {}
  if (entity && isAlternate(entity, named)) {
    const { id, values } = await resolve(entity, named)
    Object.assign(req, { url: `/${set}(${id})${rest}`, alternate: values })
  }
  next()
}

const address = ODataAdapter.prototype.log_request
ODataAdapter.prototype.log_request = function (req, res, next) {
  return address.call(this, req, res, error => (error ? next(error) : onAddress(req, res, next).catch(next)))
}

class TestService extends cds.ApplicationService {
  async init () {
    for (const entity of this.entities) this.bulk(entity)
    return super.init()
  }

  /** Stands before all handlers of CAP, its check of preconditions too. */
  async handle (req) {
    const mustExist = req.headers?.['if-match'] === '*'
    await prepare(req)
    // CAP asks for If-Match on every write to a table with an ETag; Dataverse takes a write without one as "any".
    if (req.target?._etag && !req.headers['if-match'] && !req.headers['if-none-match']) req.headers['if-match'] = '*'
    try {
      return await super.handle(req)
    } catch (error) {
      throw restated(error, req, mustExist)
    }
  }

  bulk (entity) {
    const keys = Object.keys(entity.keys)
    const generated = keys.length === 1 && entity.keys[keys[0]].isUUID
    this.on('CreateMultiple', entity, async req => {
      const rows = req.data.Targets.map(row => (generated ? { [keys[0]]: cds.utils.uuid(), ...row } : row))
      await INSERT.into(entity).entries(rows)
      return { Ids: rows.map(row => row[keys[0]]) }
    })
    this.on('UpdateMultiple', entity, async req => {
      for (const row of req.data.Targets) {
        const key = Object.fromEntries(keys.map(name => [name, row[name]]))
        const changed = await UPDATE(entity).with(row).where(key)
        if (!changed) req.reject(404, `${setOf(entity)} has no row ${JSON.stringify(key)}.`)
      }
    })
    this.on('UpsertMultiple', entity, async req => { await UPSERT.into(entity).entries(req.data.Targets) })
  }
}

/** Brings what Dataverse takes into the form that CAP takes. */
async function prepare (req) {
  const many = /Multiple$/.test(req.event)
  if (req.event === 'READ') page(req)
  if (req.event === 'CREATE') Object.assign(req.data, { ...req.req?.alternate, ...req.data })
  if (!many && !['CREATE', 'UPDATE', 'UPSERT'].includes(req.event)) return
  for (const row of many ? req.data.Targets : [req.data].flat()) {
    const named = row['@odata.id'] ? keyOf(row['@odata.id']) : {}
    if (isAlternate(req.target, named)) {
      const { key, id, values } = await resolve(req.target, named)
      Object.assign(row, { ...values, ...row, [key]: id })
    } else if (row['@odata.id']) Object.assign(row, { [Object.keys(req.target.keys)[0]]: Object.values(named)[0] })
    bind(setOf(req.target), row, req.reject.bind(req))
    keepTimes(setOf(req.target), row)
  }
}

/** Gives pages of the size that the client prefers; CAP pages by the key from there on. */
function page (req) {
  const size = Number(/odata\.maxpagesize=(\d+)/.exec(req.headers?.prefer ?? '')?.[1])
  const { SELECT } = req.query
  if (!size || !req.http?.req || SELECT.one || SELECT.limit?.rows) return
  SELECT.limit = { ...SELECT.limit, rows: { val: size } }
  req.res.append('Preference-Applied', `odata.maxpagesize=${size}`)
}

const setOf = entity => entity.name.slice(namespace.length + 1)

/** Gives the statuses that Dataverse gives where CAP has others for "must exist" and "must not exist". */
function restated (error, req, mustExist) {
  if (/UNIQUE constraint failed/.test(error.message)) {
    const stated = { code: '0x80040237', status: 412, statusCode: 412 }
    return Object.assign(new Error('A row with this key exists already.'), stated)
  }
  if (req.event === 'UPDATE' && mustExist && Number(error.status ?? error.code) === 404) answerMissing(req.res)
  return error
}

/** CAP turns the 404 of a write under `If-Match: *` into 412 after the handlers: the answer is changed on its way out. */
function answerMissing (res) {
  const status = res.status.bind(res), json = res.json.bind(res)
  const error = { code: '0x80040217', message: 'There is no row with this key.' }
  res.status = code => status(code === 412 ? 404 : code)
  res.json = body => json(body?.error ? { error } : body)
}

const CATALOGUE = /\/EntityDefinitions\(LogicalName='(\w+)'\)\/Attributes\/Microsoft\.Dynamics\.CRM\.(\w+)AttributeMetadata$/
const SPECIAL = { statecode: 'State', statuscode: 'Status' }

/** Serves the labels of choices as the catalogue of attributes of Dataverse does, the little of it that is asked for. */
function catalogue (req, res, next) {
  const [, table, kind] = CATALOGUE.exec(decodeURIComponent(req.path)) ?? []
  const set = [table, `${table}s`, `${table}es`].find(name => name in choices)
  if (!set) return next()
  const option = ([code, label]) => {
    const localized = { Label: label, LanguageCode: 1033 }
    return { Value: code, Label: { LocalizedLabels: [localized], UserLocalizedLabel: localized } }
  }
  const columns = Object.entries(choices[set]).filter(([name]) => (SPECIAL[name] ?? 'Picklist') === kind)
  res.json({ value: columns.map(([name, given]) => ({ LogicalName: name, OptionSet: { Options: given.map(option) } })) })
}

cds.on('bootstrap', app => {
  app.use(catalogue)
  const listen = app.listen.bind(app)
  app.listen = port => listen(port, '127.0.0.1')
})

/** Makes the tables; decimals are text, see database.js. */
function create (csn) {
  const connection = new DatabaseSync('rows.sqlite')
  const plain = cds.compile.to.sql(csn, { dialect: 'sqlite' }).join(';\n')
  const tables = plain.replace(/\b(REAL_)?DECIMAL\(\d+, ?\d+\)/g, 'DECIMAL_TEXT')
  connection.exec(`PRAGMA journal_mode = WAL; BEGIN; ${tables}; ${readFileSync('triggers.sql', 'utf8')}; COMMIT;`)
  connection.close()
}

async function main () {
  await cds.plugins
  cds.root = process.cwd()
  create(cds.compile({ 'model.csn': readFileSync('model.csn', 'utf8') }))
  const server = await cds.server({ from: 'model.csn', port: 0, with: TestService })
  if (!server.listening) await once(server, 'listening')
  process.stdout.write(`listening on ${server.address().port}\n`)
}

main().catch(error => { console.error(error); process.exit(1) })
