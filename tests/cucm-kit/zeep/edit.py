#!/usr/bin/env python3
"""Edits dial rules by AXL with the SOAP client zeep: a second program beside adrc.

Usage: edit.py HOST:PORT CA-FILE CALL...

A call is the name of an operation, with a JSON object of its arguments after `=`, such as
removeApplicationDialRules={"name":"Local"}. All calls use one session. Each answer is one line of
JSON. User and password are in AXL_USER and AXL_PASSWORD.
"""

import json
import os
import pathlib
import sys

import requests
import zeep
import zeep.helpers

BINDING = "{http://www.cisco.com/AXL/API/15.0}RulesBinding"


def main():
    address, ca_file, *calls = sys.argv[1:]
    session = requests.Session()
    session.verify = ca_file
    session.trust_env = False
    session.auth = (os.environ["AXL_USER"], os.environ["AXL_PASSWORD"])
    wsdl = pathlib.Path(__file__).parent / "rules.wsdl"
    client = zeep.Client(str(wsdl), transport=zeep.Transport(session=session))
    service = client.create_service(BINDING, f"https://{address}/axl/")
    for call in calls:
        operation, _, arguments = call.partition("=")
        try:
            answer = service[operation](**json.loads(arguments or "{}"))
        except zeep.exceptions.Fault as fault:
            answer = {"fault": fault.message}
        print(json.dumps(zeep.helpers.serialize_object(answer), default=str))


main()
