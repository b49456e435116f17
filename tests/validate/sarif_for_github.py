# SPDX-License-Identifier: LGPL-2.1-or-later
"""sarif_for_github.py FILE...: prints what GitHub's code scanning would refuse or not show.

What its page on SARIF marks as required, and its limits; the schema and Microsoft's validator ask
for less. And what heddle promises besides: links lead somewhere, names are of this tree."""
import json
import re
import sys

LIMITS = {"results": 5000, "relatedLocations": 100, "steps": 1000}
LINK = re.compile(r"(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]\((\d+)\)")


def need(there, what):
    if not there:
        raise ValueError(what)


def text(thing, *names, most=None):
    for name in names:
        need(isinstance(thing, dict) and name in thing, f"no {'.'.join(names)}")
        thing = thing[name]
    need(isinstance(thing, str) and thing.strip(), f"{'.'.join(names)} is empty")
    need(most is None or len(thing) <= most, f"{'.'.join(names)} is longer than {most}")
    return thing


def location(place):
    uri = text(place, "physicalLocation", "artifactLocation", "uri")
    need(not re.match(r"[a-z]+:|/|\./|\.\./", uri) and "/../" not in uri, f"not relative: {uri}")
    need(re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri), f"not escaped: {uri}")
    region = place["physicalLocation"].get("region", {})
    for name in "startLine", "startColumn", "endLine", "endColumn":
        need(isinstance(region.get(name), int) and region[name] >= 1, f"no {name}")
    need(region["endLine"] >= region["startLine"], "ends before it starts")
    need(region["endLine"] > region["startLine"] or region["endColumn"] >= region["startColumn"],
         "ends before it starts")


def rule(rule):
    text(rule, "id")
    text(rule, "name", most=255)
    for name in "shortDescription", "fullDescription":
        text(rule, name, "text", most=1024)
    text(rule, "help", "text")
    need(rule["defaultConfiguration"]["level"] in ("note", "warning", "error"), "level")
    need(len(rule["properties"]["tags"]) <= 10, "tags")
    need("security-severity" not in rule["properties"], "a rule is no matter of security")


def flows(result):
    steps = 0
    for flow in result.get("codeFlows", []):
        need(flow["threadFlows"], "no thread flow")
        ids = [thread["id"] for thread in flow["threadFlows"]]
        need(len(ids) == len(set(ids)), "two flows of one thread")
        for thread in flow["threadFlows"]:
            need(thread["locations"], "an empty thread flow")
            steps += len(thread["locations"])
            orders = [step["executionOrder"] for step in thread["locations"]]
            need(orders == sorted(orders), "steps out of order")
            for step in thread["locations"]:
                location(step["location"])
                text(step, "location", "message", "text")
    need(steps <= LIMITS["steps"], "too many steps")


def result(result, rules):
    need(rules[result["ruleIndex"]]["id"] == result["ruleId"], "ruleIndex")
    need(result["level"] in ("note", "warning", "error"), "level")
    message = text(result, "message", "text")
    need(len(result["locations"]) == 1, "locations")
    location(result["locations"][0])
    prints = result["partialFingerprints"]
    need(re.fullmatch("[0-9a-f]{16}", text(prints, "heddleFingerprint/v1")), "fingerprint")
    hash_ = prints.get("primaryLocationLineHash", "0:1")
    need(re.fullmatch("[0-9a-f]{1,16}:[1-9][0-9]*", hash_), "primaryLocationLineHash")
    related = result.get("relatedLocations", [])
    need(len(related) <= LIMITS["relatedLocations"], "too many related locations")
    for place in related:
        location(place)
        text(place, "message", "text")
    links = {int(number) for _, number in LINK.findall(message)}
    ids = [place["id"] for place in related]
    need(len(ids) == len(set(ids)), "two related locations of one id")
    need(links <= set(ids), f"links lead nowhere: {links - set(ids)}")
    flows(result)


def check(log):
    need(log["$schema"] and log["version"] == "2.1.0", "version")
    need(len(log["runs"]) == 1, "runs")
    run = log["runs"][0]
    driver = run["tool"]["driver"]
    text(driver, "name")
    need(driver["rules"], "no rules")
    for each in driver["rules"]:
        rule(each)
    need(isinstance(run["results"], list), "no results")
    need(len(run["results"]) <= LIMITS["results"], "too many results")
    for each in run["results"]:
        result(each, driver["rules"])
    prints = [each["partialFingerprints"]["heddleFingerprint/v1"] for each in run["results"]]
    need(len(prints) == len(set(prints)), "one finding twice")


status = 0
for name in sys.argv[1:]:
    try:
        with open(name, encoding="utf-8") as file:
            check(json.load(file))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        print(f"{name}: {error!r}")
        status = 1
sys.exit(status)
