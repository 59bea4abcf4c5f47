"""The server and the databases of the tests of this folder."""

from tests.servers.postgres import database as database
from tests.servers.postgres import postgres_server as postgres_server
