# SPDX-License-Identifier: LGPL-2.1-or-later
"""run_template.py FILE [NAME=VALUE...] runs the shell parts of a template for continuous integration.

FILE is a composite action of GitHub, whose inputs are the names, an include for GitLab, whose variables
they are, or a Jenkinsfile. What such a service does itself is told, a line each that begins with '+'.
The exit status is that of the job. With --print the shell parts are printed, not run.
"""
import os
import re
import subprocess
import sys
import tempfile

BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]


def tell(*words):
    print("+", *words, flush=True)


def run(shell, script, environment):
    """The exit status of script."""
    if "--print" in sys.argv:
        print("set -e", script, sep="\n")
        return 0
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
        file.write(script)
        file.flush()
        return subprocess.run(shell + [file.name], env={**os.environ, **environment}).returncode


class Action:
    """A composite action: its steps in turn, those that are always run also when one has failed."""

    def __init__(self, action, given):
        inputs = action["inputs"]
        missing = [name for name, row in inputs.items() if row.get("required") and name not in given]
        unknown = [name for name in given if name not in inputs]
        if missing or unknown:
            sys.exit(f"inputs missing: {missing}, unknown: {unknown}")
        self.values = {f"inputs.{name}": given.get(name, row.get("default", "")) for name, row in inputs.items()}
        self.steps = action["runs"]["steps"]
        self.status = 0

    def value(self, name):
        """Outputs that no step has set are empty."""
        if not name.startswith(("inputs.", "steps.")):
            sys.exit(f"what is {name}?")
        return self.values.get(name, "") if name.startswith("steps.") else self.values[name]

    def fill(self, text):
        return re.sub(r"\$\{\{ ([a-z.-]+) }}", lambda match: self.value(match.group(1)), str(text))

    def is_wanted(self, condition):
        """Comparisons with words, joined by &&, and always()."""
        for part in condition.split(" && "):
            if part in ("", "always()"):
                continue
            name, how, word = re.fullmatch(r"(\S+) (==|!=) '(.*)'", part).groups()
            if (self.value(name) == word) != (how == "=="):
                return False
        return self.status == 0 or "always()" in condition

    def run_step(self, step, outputs):
        environment = {name: self.fill(text) for name, text in step.get("env", {}).items()}
        if "${{" in step["run"]:
            sys.exit("a value in the text of a script is a script: " + step["run"])
        status = run(BASH, step["run"], environment)
        self.status = self.status or status
        with open(outputs) as lines:
            for line in lines:
                name, _, text = line.rstrip("\n").partition("=")
                self.values[f"steps.{step.get('id')}.outputs.{name}"] = text
        open(outputs, "w").close()

    def run(self, outputs):
        for step in self.steps:
            if not self.is_wanted(step.get("if", "")):
                tell("not:", step["name"])
            elif "uses" in step:
                tell(step["uses"], *(f"{name}={self.fill(text)}" for name, text in step["with"].items()))
            else:
                self.run_step(step, outputs)
        return self.status


def run_gitlab(jobs, given):
    (job,) = jobs.values()
    unknown = [name for name in given if name not in job["variables"]]
    if unknown:
        sys.exit(f"unknown variables: {unknown}")
    status = run(BASH, "\n".join(job["script"]), {**job["variables"], **given})
    artifacts = job["artifacts"]
    for file in [*artifacts["paths"], *artifacts["reports"].values()]:
        tell(artifacts["when"], file, "is there" if os.path.exists(file) else "is missing")
    return status


def run_jenkins(text):
    status = 0
    for part in re.findall(r"\bsh '''\n(.*?)'''", text, re.DOTALL):
        # Within ''' a backslash is Groovy's first: at the end of a line it takes the line's end away.
        status = status or run(["sh", "-e"], part.replace("\\\n", ""), {})
    for name in re.findall(r"(?:testResults|artifacts): '([^']*)'", text):
        tell("keeps", name)
    return status


def main():
    file, *words = [word for word in sys.argv[1:] if word != "--print"]
    given = dict(word.split("=", 1) for word in words)
    with open(file) as opened:
        text = opened.read()
    if file.endswith("Jenkinsfile"):
        return run_jenkins(text)
    import yaml

    parsed = yaml.safe_load(text)
    if "runs" not in parsed:
        return run_gitlab(parsed, given)
    os.environ.setdefault("GITHUB_ACTION_PATH", os.path.dirname(file))
    outputs = os.environ.setdefault("GITHUB_OUTPUT", "/dev/null")
    return Action(parsed, given).run(outputs)


sys.exit(main())
