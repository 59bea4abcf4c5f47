// The SQLite service of CAP with three changes, so that values come back as they went in: decimals are kept as text and
// are exact (CAP keeps 15 digits), times keep seven digits of a second (CAP keeps three), and numbers are written as
// strings only for a client that asks for IEEE754Compatible (CAP has one setting for all).

const cds = require('@sap/cds')
const SQLiteService = require('@cap-js/sqlite')

const strings = () => /IEEE754Compatible=true/i.test(cds.context?.http?.req?.headers?.accept ?? '')
const written = Object.getPrototypeOf(SQLiteService.CQN2SQL.prototype).val

function seventh (value) {
  if (!value) return value
  const fraction = (/\.(\d+)/.exec(value)?.[1] ?? '').padEnd(7, '0').slice(0, 7)
  return new Date(value).toISOString().replace(/\.\d+Z$/, `.${fraction}Z`)
}

/** Writes a number or its text with a fixed number of decimal places; more places than that are left as they are. */
function plain (value, scale) {
  if (value === null || value === undefined) return null
  const text = typeof value === 'number' ? value.toFixed(Number(scale)) : String(value)
  const [, sign, whole, places = ''] = /^([+-]?)0*(\d+)(?:\.(\d*))?$/.exec(text) ?? []
  if (whole === undefined) return text
  const padded = places.padEnd(Number(scale), '0')
  return `${sign === '-' ? '-' : ''}${whole}${padded && '.' + padded}`
}

class TestDatabase extends SQLiteService {
  get factory () {
    const inner = super.factory
    const create = async tenant => {
      const connection = await inner.create(tenant)
      connection.exec('PRAGMA synchronous = OFF') // what a test wrote need not outlive the machine
      connection.function('ISO', { deterministic: true }, seventh)
      connection.function('PLAIN', { deterministic: true }, plain)
      return connection
    }
    return { ...inner, create }
  }

  static CQN2SQL = class extends SQLiteService.CQN2SQL {
    /** Decimals are compared as numbers: 15 digits count there. */
    ref (x) {
      const sql = super.ref(x)
      return this.comparing && x.element?.type === 'cds.Decimal' ? `CAST(${sql} AS NUMERIC)` : sql
    }

    where (x) { return this.compared(() => super.where(x)) }
    orderBy (...x) { return this.compared(() => super.orderBy(...x)) }

    compared (render) {
      const before = this.comparing
      this.comparing = true
      try { return render() } finally { this.comparing = before }
    }

    val (v) {
      const time = typeof v.val === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/.test(v.val)
      return time ? written.call(this, { ...v, val: seventh(v.val) }) : super.val(v)
    }

    static InputConverters = {
      ...super.InputConverters,
      Decimal: (sql, element) => (sql === '?' ? sql : `PLAIN(${sql}, ${element?.scale ?? 0})`),
    }

    static OutputConverters = {
      ...super.OutputConverters,
      Int64: sql => (strings() ? `CAST(${sql} AS TEXT)` : sql),
      Decimal: sql => (strings() ? sql : `${sql}->'$'`),
    }
  }
}

module.exports = TestDatabase
