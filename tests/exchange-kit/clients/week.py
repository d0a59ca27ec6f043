"""Lists a week of a calendar by exchangelib: one line of JSON for each event.

    week.py ENDPOINT USER MAILBOX delegate|impersonation

The password is in the variable PASSWORD. The last line has the version of the server.
"""

import datetime
import json
import os
import sys

from exchangelib import BASIC, DELEGATE, IMPERSONATION, UTC, Account, Configuration, Credentials
from exchangelib.errors import EWSError

START = datetime.datetime(2026, 11, 29, tzinfo=UTC)
END = datetime.datetime(2026, 12, 7, tzinfo=UTC)


def main(endpoint, user, mailbox, access):
    credentials = Credentials(user, os.environ["PASSWORD"])
    config = Configuration(service_endpoint=endpoint, credentials=credentials, auth_type=BASIC)
    access = {"delegate": DELEGATE, "impersonation": IMPERSONATION}[access]
    account = Account(mailbox, config=config, access_type=access, default_timezone=UTC)
    for item in account.calendar.view(start=START, end=END):
        times = [time.isoformat() for time in (item.start, item.end)]
        print(json.dumps([item.subject, *times, item.legacy_free_busy_status]))
    print(json.dumps([account.version.fullname, account.version.api_version]))


try:
    main(*sys.argv[1:])
except EWSError as error:
    print(json.dumps([type(error).__name__]))
