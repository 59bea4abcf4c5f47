"""Every code that Crosswalk gives a mistake, a row or a stop, with what it means and what to do.

Why a table in text: it is read more often than anything else in this package, by people too. A heading names the stage
that finds the mistake; an entry is ``CODE summary``, and below it, indented, ``explanation | remedy``.

Codes that a map chooses itself with ``else:`` are not listed: they mean what the map says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, cast

Stage = Literal["config", "compile", "row", "stop", "machine", "usage"]


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What `crosswalk explain CODE` says. `stage` tells who finds it: reading, compiling, a row of a run, a guard."""

    summary: str
    explanation: str
    remedy: str
    stage: Stage


_TABLE = """
[config]
BAD_REFERENCE A reference with ${ } is not one that is known.
  Settings may refer to the environment, to a file or to a keyring, and to nothing else. | Write ${env:NAME},
  ${file:path}
  or ${keyring:name}.
CHOICES_MISSING A choice column does not list its choices.
  Conditions and value maps are checked against the choices, so they must be known. | Add choices: {0: Draft, 1:
  Posted}.
CHOICE_TWICE A choice column has one code or one label twice.
  A label must lead to one code, and a code to one label. | Rename one of the two.
COLUMN_ROLE A column of the wrong type is named for a role of the entity.
  modified is a datetime, row_version an int, deleted a boolean, valid two dates. | Name another column, or correct
  its type.
ENCODING The file is not UTF-8.
  The byte that is named cannot be read as text. | Save the file as UTF-8.
ENTITY_NAME A table is not written as system.entity.
  A table is named by its system and its entity, parted by one dot. | Write it like shop.orders.
ENTRY_TWICE Two entries of a list are the same.
  Each entry makes a row of its own, which is known by the values of its entry. | Change a value, or remove one of the
  two.
FIELD_SOURCE A field line has no source, or more than one.
  A line has exactly one of from, value, first, concat, expr and sequence. | Keep one; first takes several in turn.
FILE_CLASH Two files differ in case only.
  On many systems they would be one file. | Rename one of them.
FILE_KIND The name of a file does not tell what it holds.
  Files are told apart by name: *.map.yaml, *.entity.yaml, value_maps/*.yaml. | Rename the file.
FILE_TOO_LARGE A file is larger than 5 MB.
  It is refused before it is read, so that a broken file cannot fill the memory. | Split it.
IDENT_CHARACTER A name holds something that a name cannot hold.
  Names hold no dots, no control characters, no blanks at the ends, and no # at the start. | Choose another name.
IDENT_CLASH Two names differ in case only.
  DuckDB takes them for one, even in quotes. | Rename one of them.
IDENT_NFC_CLASH Two names look the same and are written with other code points.
  Unicode can write one letter in two ways. | Type one of the two names again, or rename it.
IDENT_RESERVED A lookup has a name that starts paths already.
  row, target and document have a meaning of their own. | Choose another name.
IDENT_TOO_LONG A name has more than 128 characters.
  Names stand in tables, plans and messages. | Choose a shorter name.
MAP_DUP_TARGET A column is written twice by one map.
  Both lines would write the same cell. Lines of key, fields, both and of each target count together. | Keep one line.
MAP_EMPTY The file is empty.
  It holds nothing, or comments only. | Write the file, or remove it.
MAP_SHAPE The file holds a list or a text.
  Every file holds 'name: value' lines at its top. | Check the first lines.
MISPLACED_PROPERTY A property stands where it has no meaning.
  It is known, and belongs to another kind of column, line or map. | Remove it, or move it.
MISSING_PROPERTY Something that must be there is not.
  The place shown is the first line of what misses it. | Add the line that the message names.
NAME_TWICE Two maps, entities or value maps have one name.
  Case and ways of writing a letter make no difference. | Rename one of them.
OVERLAY_CLASH Two overlays set the same thing.
  The order of files does not decide what a map means. | Keep the line in one of the two overlays.
PATH_SYNTAX A path has an empty part.
  A path is names parted by single dots. | Remove the dot, or add the name.
PROJECT_MISSING There is no project file.
  The folder holds no crosswalk.yaml. | Name the folder with --project, or run crosswalk init.
SECRET_IN_FILE A secret is written out in the project file.
  Files are shared and kept for ever; secrets are not. | Write ${env:NAME} and change the secret.
TEST_KEY A row of a unit test cannot be told apart.
  Expected rows are found by the columns of their key. | Name the key.
TEST_LEG A unit test asks for a way that its map does not have.
  leg: back needs a map with a way back. | Leave 'leg' out.
TEST_TABLE A unit test does not say which table it means.
  A map that writes several tables has its expected rows named by table. | Write insert: {system.entity: [...]}.
TEST_VALUE A value in a unit test does not fit its column.
  Rows of tests are typed by the entities, as rows of a run are. | Write a value of that type.
TEXT_BIDI The file holds a character that turns the direction of writing.
  Such text reads differently from what it does. | Remove it, or write it as an escape in double quotes.
TOO_MANY A limit on columns, lines or files is passed.
  1,000 columns in an entity, 1,000 lines in a map, 10,000 files in a project. | Leave out what is not used, or split
  it.
UNKNOWN_MAP There is no map of that name.
  A map or a command names a map that no file declares. | Take the name from 'map:' in its file.
UNKNOWN_PROFILE There is no profile of that name.
  Profiles are the names under 'connections'. | Add it there, or name another one.
UNKNOWN_PROPERTY A property is not known at its place.
  Most often a slip of the pen, or a line one level too deep. | Follow the hint; look at the indentation.
UNKNOWN_SEQUENCE There is no number sequence of that name.
  Sequences are declared in the project file. | Add it under 'sequences'.
UNKNOWN_TYPE A type does not exist.
  Types: guid, text(n), text, int, decimal(p,s), boolean, date, datetime, choice. | Take one of them.
UNKNOWN_VALUE_MAP There is no value map of that name.
  Value maps are files in a folder value_maps. | Add the file, or write the pairs into the line.
WRONG_TYPE Something of another shape is expected here.
  A list in the place of a text, a text in the place of a number. | Write what the message names.
WRONG_VALUE The value is not one of those that are possible.
  The message lists them, or says what they look like. | Take one of them.
YAML_ALIAS An alias leads nowhere, or to itself.
  *name repeats what &name stood before, and must come after it. | Check the name.
YAML_ALIAS_LIMIT Aliases repeat too much.
  At most 100 aliases and 10,000 repeated values: a small file must not become a huge one. | Write the lines out.
YAML_AMBIGUOUS_SCALAR A number is written so that readers disagree on it.
  010, 0x1F and 1_000 mean different numbers to different readers. | Write a plain decimal number.
YAML_CHAR A character cannot stand in the file.
  Control characters, and blanks other than the plain one as indentation, are not visible and change what is read. |
  Remove it, or write it as an escape in double quotes.
YAML_DEPTH The file is nested deeper than 64 levels.
  No map needs that; a file that has it is broken or hostile. | Look for brackets that are not closed.
YAML_DUPLICATE_KEY A name stands twice in one place.
  Other readers would take the last one without a word. | Keep one of the two.
YAML_FLOW_COMMA A comma cuts a text in two.
  Inside { } and [ ] YAML takes every comma outside quotes as its own. | Put the text in quotes: "decimal(19,4)".
YAML_INT_TOO_LONG A whole number has more than 18 digits.
  It would not fit the type that holds whole numbers. | Check the number; a code is text and is quoted.
YAML_KEY A name is expected here.
  The left side of a line is a name, not a list or a mapping, and not empty. | Write 'name: value'.
YAML_MERGE_KEY A merge key << is used.
  It brings lines in from elsewhere without showing them here. | Write the lines out, or use an alias for each value.
YAML_MULTI_DOC A file holds two documents.
  One file is one map, one entity or one value map. | Put the second into a file of its own.
YAML_NODE_LIMIT A file holds more than 200,000 values.
  It is refused before it fills the memory. | Split it.
YAML_SYNTAX The file is not YAML.
  The place shown is where the slip is, or where a quote or bracket was opened. | Follow the hint; put text with ': ' in
  quotes; indent with blanks.
YAML_TAG A tag such as !name is used.
  Tags could make a reader build objects. | Remove it.

[compile]
BAD_FORMAT A date format cannot be used.
  Formats are made of the usual % letters for year, month, day and time. | Correct the format.
COMPANY_REQUIRED The company of a row is not known.
  A table of a company is looked up, and the map does not say where the row's company stands. | Add 'company: path'.
DEFAULT_DOES_NOT_FIT A constant does not fit the column that it is written to.
  It is too long, or it is not a value of that type. | Write another constant, or check the column.
EACH_UNUSED The key does not use a name of each.
  All rows that one row makes would have one key. | Take a value of the entry into the key.
EXPR_AGGREGATE A total does not sum up.
  A column alone has many values there, one for each row found. | Write count(*), or sum, min, max or checksum of it.
EXPR_DIVISION An expression divides.
  A division may raise and does not keep decimals. | Use multiply and round in the field line.
EXPR_FORBIDDEN An expression holds something that is not allowed.
  Statements, sub-queries, windows, casts and parameters are not part of the language. | Use a lookup or a transform.
EXPR_MULTI An expression holds more than one statement.
  One expression yields one value. | Remove the semicolon and what follows.
EXPR_SYNTAX An expression cannot be read.
  The place shown is inside the expression. | Check quotes and brackets near it.
EXPR_TOO_DEEP An expression is nested too deep.
  It is refused before it fills the memory. | Take it apart.
EXPR_TOO_WIDE A number may need more than 38 digits.
  The widths of the columns allow a result that no decimal holds. | Round a part of it first.
FUNC_FORBIDDEN A function is not in the list of those allowed.
  Allowed functions cannot raise and mean the same on every backend. | Take the one that the hint names.
KEY_UNMAPPED A part of the target's key is not written.
  Without it a row cannot be found again. | Add a line under 'key'.
MAP_CYCLE Maps wait for each other.
  'after' and what maps read and write lead back to the first one. | Remove one of the 'after'.
NAME_AMBIGUOUS A lookup has the name of a column of the source.
  A path that starts with it could mean either. | Give the lookup another name.
NOT_REVERSIBLE A line in 'both' cannot be read backwards.
  It has a transform that loses something on the way. | Write one line in 'fields' and one in 'back'.
NOT_WRITABLE A table or a column cannot be written by this map.
  The system sets it itself, it names rows that exist, or the map only reads it. | Remove the line.
PRECISION_LOSS_POSSIBLE Decimals would be lost.
  The target keeps fewer decimals than the value has. | Say how with round: {to: 2, mode: half_up}.
REQUIRED_UNMAPPED A column that must have a value is not written.
  New rows would be without it. | Add a line for it, or allow update only.
ROUND_DIGITS A number of decimals cannot be used.
  It is given by a path that is not a whole number, or is out of range. | Correct 'to'.
ROUND_MODE A way of rounding does not exist.
  There are half_up, half_even and down. | Take one of them.
SEQUENCE_PLACE A sequence number stands inside another value.
  A number belongs to one column. | Give it a line of its own.
TYPE_MISMATCH Two types do not go together.
  The value has another type than its column, or than what it is compared with. | Convert it with 'as', or compare
  others.
TZ_REQUIRED The zone is missing in which an instant becomes a date.
  Near midnight the day depends on it. | Add timezone: UTC, or the zone that is meant.
UNKNOWN_CHOICE A choice column has no such choice.
  Text in quotes is a label, a bare number a code. | Take the one that the hint names, or add it to the entity.
UNKNOWN_COLUMN A table has no such column.
  The entity file does not list it. | Follow the hint, or add the column to the entity.
UNKNOWN_ENTITY There is no entity file for a table.
  Maps and relations name tables by their entity files. | Follow the hint, or add the file.
UNKNOWN_PATH A path does not lead anywhere.
  Each part but the last is a relation, a lookup or the document. | Follow the hint, or add 'to' to the column.
UNKNOWN_TRANSFORM There is no transform of that name.
  Transforms are the modules of one folder. | Follow the hint.
UNKNOWN_ZONE There is no time zone of that name.
  Zones are written like Europe/Oslo; short names are not unique. | Take the long name.
VALUE_MAP_KEY A value map has a key that its column cannot have.
  It is not a value of the column's type, or stands there twice. | Correct the key.
VALUE_MAP_NOT_REVERSIBLE A value map does not lead back.
  Two values share one code, so the way back cannot choose. | Say which with back: {code: value}.
VERSION_REQUIRED A table that is written back has no version.
  A row that changed in between could not be told from one that did not. | Declare row_version or modified in its
  entity, or say which side wins.

[row]
CAST_BOOL A text is neither true nor false.
  Only true and false are read. | Map other words with 'values'.
CAST_DATE A text is not a date.
  Dates are written 2026-01-31, or as 'format' says; days that do not exist are refused. | Correct the row, or the
  format.
CAST_DATETIME A text is not an instant.
  It is written 2026-01-31T10:00:00Z; without an offset the map must name a zone. | Correct the row, or add timezone.
CAST_DECIMAL A text is not a decimal number.
  Digits, one point, a sign; nothing else. | Correct the row.
CAST_GUID A text is not a guid.
  32 hexadecimal digits in five groups. | Correct the row.
CAST_INT A text is not a whole number.
  Digits and a sign; nothing else. | Correct the row.
CONFLICT_STALE The row changed since it was last agreed.
  Nothing is overwritten; both values are kept. | Decide on one side, or let the map say 'conflict: source' or 'target'.
CREATE_NOT_ALLOWED The row would have to be made, and the map does not allow that.
  'allow' has no create, or its condition does not hold. | Make the row, or change 'allow'.
CURSOR_NULL The row has no modified time.
  Incremental runs would never see it. | Set the time in the source.
EMPTY An empty text cannot be converted.
  It is neither a number nor a date. | Correct the row, or add a default.
KEY_DUPLICATE Two rows have one key.
  Neither is written, because one would hide the other. | Correct the source, or the key of the map.
KEY_NULL A part of the key is null.
  A row without a key cannot be found again. | Correct the source.
LOOKUP_AMBIGUOUS A lookup finds two rows.
  The map does not say which is meant. | Narrow 'where', or add first_by or total.
LOOKUP_MISSING A lookup or a reference finds no row.
  The row refers to something that is not there. | Bring it there first, or say 'missing: hold' or 'missing: null'.
MANY_PARTS The row is more than one part of a merged row.
  The conditions of the parts overlap. | Narrow one of them.
MANY_TARGET_ARMS Two targets would take the row.
  Their conditions overlap. | Narrow one of the 'when'.
NOT_FINITE A number is infinite, or not a number.
  No decimal can hold it. | Correct the source.
NO_ENTRY The row finds no entry of an each.
  It would make no row at all. | Add an entry, or let the map pass such rows over with 'missing: null'.
NO_PART The row is no part of a merged row.
  None of the conditions of the parts holds. | Add a part, or narrow the filter.
NO_TARGET_ARM No target takes the row.
  None of the 'when' holds. | Add a target, or narrow the filter.
OUT_OF_RANGE A value is outside what the column holds.
  A number has too many digits, or a date lies outside 1753 to 9999. | Correct the row, or widen the column.
PART_AMBIGUOUS Two rows are the same part of one merged row.
  The map does not say which of them is meant. | Narrow the part, or merge by more.
PART_MISSING A part of the merged row is not there yet.
  The map waits for it: complete names it. | Nothing to do, or leave the part out of 'complete'.
PRECISION_LOSS A value has more decimals than the column keeps.
  Nothing is rounded without being told. | Add round to the line.
REFERENCE_INCOMPLETE A row is sought by a key of which a part is null.
  Half a key would find the wrong row sooner or later. | Correct the source: all parts, or none.
REQUIRED A value that the map requires is null.
  The field line says 'required'. | Correct the source, or give a default.
REQUIRED_NULL A column that must have a value would be null.
  The entity of the target says 'required: true'. | Correct the source, or give a default.
REQUIREMENT_NOT_MET A requirement of the map does not hold.
  The row waits and is tried on every run. | See 'requires' in the map.
SET_INCOMPLETE Not all rows of a group can go.
  A group goes in whole or not at all. | See the other rows of the group.
SPLIT_INVALID The weights of a split cannot be used.
  One of them is null or negative, or all of them are zero. | Correct the weights.
SUPERSEDED An older duplicate of another row.
  The newer one is taken. | Nothing to do.
TARGET_DUPLICATE The target holds two rows with this key.
  Neither is changed. | Remove one of them in the target.
TARGET_EXISTS A row with this key is there already, and this map did not make it.
  The map may only create. | Remove that row, or allow update.
TARGET_MISSING The row that should be changed is not there.
  The map may only update. | Make the row, or say 'absent: hold' or 'absent: skip'.
TOO_LONG A text is longer than its column.
  Nothing is cut without being told. | Correct the row, or say 'fit: truncate'.
TZ_GAP The local time does not exist.
  Clocks were put forward over it. | Correct the row.
UPDATE_NOT_ALLOWED The row differs, and the map may not change it.
  'allow' has no update, its condition does not hold, or a choice would move as 'moves' in its entity does not allow. |
  Change it by hand, or change 'allow' or 'moves'.
VALUE_UNMAPPED A value map does not know the value.
  Nobody has decided what it becomes. | Add it to the map, or say 'otherwise'.

[stop]
DRIFT Tables are not what their entity files say.
  The message lists what differs. | Correct the entity files, or the tables, so that they agree.
DRIFT_COLUMN_MISSING A column that a map uses is gone.
  The table is not what its entity file says. | Correct the entity, or the table.
DRIFT_COLUMN_TYPE A column has another type than its entity file says.
  Values might not fit. | Correct the entity, or the table.
DRIFT_TABLE_MISSING A table is gone.
  It was renamed, or never made. | Correct the entity, or make the table.
GUARD_EMPTY_SOURCE The source holds no row at all.
  Most often a load that failed. | Check the source; allow it with limits: {empty_source: allow}.
GUARD_FOREIGN_ROWS The target holds rows that this map did not make.
  guard: {foreign_rows: stop} asks to stop. | Remove them, narrow 'scope', or report only.
GUARD_MISSING_ROWS Rows that this map made are gone from the target.
  guard: {missing_rows: stop} asks to stop. | Let the map restore them, or report only.
GUARD_REJECTS Too many rows are rejected.
  The share is above limits: rejects: stop. | See the rejects; correct the cause; run again.
GUARD_VOLUME Too large a share of the target would change.
  The share is above limits: volume. | Look at the plan; raise the limit if it is right.
LEFT_FILTER Rows delivered earlier no longer pass the filter, or are gone.
  on_leave says what happens to them; report, the default, leaves them. | Look at them, or say 'on_leave: delete'.
PLAN_STALE The maps or the data changed since the plan was made.
  The plan no longer says what a run would do. | Make a new plan.
REJECTS_ABOVE_LIMIT More rows are rejected than the limit says.
  limits: rejects: warn is passed; what could go was written. | See the rejects; correct the cause; run again.

[machine]
DATABASE_NEWER The database was written by a newer release.
  It is not touched. | Install that release.
DATABASE_UNREADABLE The database file cannot be opened.
  It is damaged, or not a database. | Restore it, or name another file.
DISK_FULL There is no room on the disk.
  Nothing was changed. | Make room and run again.
DISK_OR_FILE The disk or a file failed.
  Reading or writing it was not possible. | Check room and rights on the disk, then run again.
LOCKED Another run holds the database.
  One file has one writer; the message tells who, where and since when. | Wait, or end that run.
NO_RIGHTS A file or folder cannot be read or written.
  The user that runs Crosswalk has no right to. | Change the rights, or the user.
OUT_OF_MEMORY There was not enough memory.
  Nothing was changed. | Free memory, or run fewer maps at once with --select.

[usage]
ANSWER_UNKNOWN An answers file says something that is no answer.
  It has the shape of the questions file: names, and below them the words that are asked for. | Correct the word that
  is named.
CANNOT_EXPRESS Something would be lost on the way.
  The format on one side has no words for it; the report names each line. | Change those lines, or say --lossy.
DATABASE_MISSING There is no database yet.
  It is made by the first run. | Run crosswalk run.
DEFECT A mistake in Crosswalk itself.
  A report file was written. | Send the report.
FILE_MISSING A file cannot be read.
  It is not there, or this user may not read it. | Check its name.
FILE_EXISTS A file that would be written is there already.
  A new project never overwrites anything. | Name another folder, or move the file.
INTERRUPTED The command was interrupted.
  Nothing of the unfinished leg was written; legs that were done before stay. | Run the same command again.
MISSING_SECRET A reference to a secret leads to nothing.
  The variable, file or keyring entry is not there, or empty. | Set it; the message names it and the line that uses it.
OUTPUT_FORMAT The command cannot write its result like this.
  Only results that are a table can be csv. | Take text or json.
QUERY_FAILED A query could not be run.
  It is read-only and sees the published tables. | Check names and spelling.
RECORD_UNREADABLE A file holds no table-map records that can be read.
  Records are JSON, or the customizations of a solution, in a zip or bare. | Export it again; the message names the
  place.
STATEMENT The database refused a statement of Crosswalk's own.
  It is a mistake in Crosswalk; the report holds the statement. | Send the report.
UNKNOWN_CODE There is no code of that name.
  Codes that maps choose with 'else' are not listed here. | Follow the hint; look into the map.
UNKNOWN_KEY No row has this key.
  It is not in the source, and no run has seen it; parts of a key are joined by |. | Take the key from crosswalk
  rejects.
"""


def _entries(table: str) -> Iterator[tuple[str, CodeEntry]]:
    stage = ""
    for block in table.replace("\n  ", " ").strip().splitlines():
        if block.startswith("["):
            stage = block.strip("[]")
        elif block:
            head, _, remedy = block.partition(" | ")
            code, _, rest = head.partition(" ")
            summary, _, explanation = rest.partition(". ")
            yield (
                code,
                CodeEntry(f"{summary.strip().rstrip('.')}.", explanation.strip(), remedy.strip(), cast(Stage, stage)),
            )


CODES: Mapping[str, CodeEntry] = MappingProxyType(dict(_entries(_TABLE)))
