"""`script/bootstrap` on machines of every kind: the programs it finds there are stand-ins."""

import os
import shutil
import signal
import subprocess

import pytest

from kits.machine import APT, Machine


def test_installs_once_and_again_when_a_lock_changes(machine: Machine) -> None:
    machine.python()
    first = machine.run()
    assert (first.returncode, first.stdout) == (0, "")
    told = machine.log.read_text()
    assert "--require-hashes -r requirements/build.txt -r requirements/server.txt" in told
    assert "--no-deps --no-build-isolation --editable ." in told
    assert machine.installs() == 1
    assert machine.run().returncode == 0
    assert machine.installs() == 0
    with (machine.checkout / "requirements" / "server.txt").open("a") as lock:
        lock.write("# changed\n")
    assert machine.run().returncode == 0
    assert machine.installs() == 1


def test_the_packages_of_the_tests_serve_everything(machine: Machine) -> None:
    machine.python()
    machine.run()
    more = ". script/environment.sh; ensure_environment dev"
    assert machine.run("sh", "-c", more, "script/test").returncode == 0
    assert machine.installs("dev") == 1
    assert machine.run().returncode == 0
    assert machine.log.read_text() == ""
    with (machine.checkout / "pyproject.toml").open("a") as project:
        project.write("# changed\n")
    assert machine.run().returncode == 0
    assert machine.installs("dev") == 1  # not back to less


def test_no_python_and_an_old_one(machine: Machine) -> None:
    answer = machine.run()
    assert answer.returncode == 1
    assert "Python 3.11 or newer" in answer.stderr
    assert "PYTHON=" in answer.stderr
    machine.python(version="3.09")
    answer = machine.run()
    assert answer.returncode == 1
    assert "this is Python 3.09.0" in answer.stderr
    assert not machine.venv.exists()


def test_the_first_python_that_can_make_environments(machine: Machine) -> None:
    machine.program("python3.13", "#!/bin/sh\nexit 127\n")  # as a version manager leaves them
    machine.python("bare/python", "3.12", venv=False)
    (machine.bin / "python3.12").symlink_to("bare/python")
    machine.python("python3", "3.11", venv=True)
    assert machine.run().returncode == 0
    assert "3.11" in (machine.venv / "bin" / "python").read_text()


def test_python_may_be_named(machine: Machine) -> None:
    machine.python()
    other = machine.python("elsewhere with space/python", "3.12")
    assert machine.run(PYTHON=str(other)).returncode == 0
    assert "3.12" in (machine.venv / "bin" / "python").read_text()
    assert machine.installs() == 1
    assert machine.run(PYTHON=str(other)).returncode == 0
    assert machine.run().returncode == 0
    assert machine.installs() == 0
    # Another one than that of the environment is a wish for another environment.
    answer = machine.run(PYTHON="python3")
    assert answer.returncode == 0
    assert "PYTHON names another Python" in answer.stderr
    assert machine.installs() == 1

    machine.python("old/python", "3.09")
    answer = machine.run(PYTHON="../bin/old/python")
    assert answer.returncode == 1
    assert "Python 3.09.0" in answer.stderr
    answer = machine.run(PYTHON="nowhere/python")
    assert answer.returncode == 1
    assert "not there" in answer.stderr


def test_without_venv_an_ordinary_user_is_told_what_to_install(machine: Machine) -> None:
    machine.python(venv=False)
    machine.program("apt-get", APT)
    answer = machine.run()
    assert answer.returncode == 1
    assert "sudo apt-get install python3.11-venv" in answer.stderr
    assert machine.log.read_text() == ""
    assert not machine.venv.exists()


def test_without_venv_root_installs_it(machine: Machine) -> None:
    machine.user(0)
    machine.python(venv=False)
    machine.program("apt-get", APT)
    assert machine.run().returncode == 0
    assert "python3.11-venv" in machine.log.read_text()
    assert machine.venv.exists()


def test_an_interrupted_installation_is_made_anew(machine: Machine) -> None:
    machine.python()
    dies = machine.log.with_name("log.dies")
    dies.touch()
    answer = machine.run()
    assert answer.returncode == 1
    assert "interrupted" in answer.stderr
    left = machine.venv / "half"
    left.touch()
    dies.unlink()
    answer = machine.run()
    assert answer.returncode == 0
    assert "interrupted" in answer.stderr
    assert not left.exists()


def test_without_a_network_it_says_so_and_keeps_what_there_is(machine: Machine) -> None:
    machine.python()
    fails = machine.log.with_name("log.fails")
    fails.touch()
    answer = machine.run()
    assert answer.returncode == 1
    assert "check the network" in answer.stderr
    fails.unlink()
    answer = machine.run()
    assert answer.returncode == 0
    assert "anew" not in answer.stderr


@pytest.mark.parametrize("damage", ["no interpreter", "no pip", "dangling", "moved"])
def test_a_damaged_environment_is_made_anew(machine: Machine, damage: str) -> None:
    machine.python()
    machine.run()
    python = machine.venv / "bin" / "python"
    match damage:
        case "no interpreter":
            python.unlink()
        case "no pip":
            (machine.venv / "bin" / "no-pip").touch()
            (machine.venv / "has-project").unlink()
        case "dangling":
            python.unlink()
            python.symlink_to("/nowhere/python3")
        case "moved":
            # Its programs name the place they were installed at.
            machine.checkout = machine.checkout.rename(machine.checkout.with_name("moved"))
    machine.installs()
    answer = machine.run()
    assert answer.returncode == 0
    assert "Making .venv anew" in answer.stderr
    assert machine.installs() == 1


def test_two_at_once_install_once(machine: Machine) -> None:
    if not shutil.which("flock"):
        pytest.skip("flock is not on this machine; the scripts do without it")
    machine.python()
    known = {"PATH": str(machine.bin), "LOG": str(machine.log), "HOME": str(machine.bin)}
    running = [
        subprocess.Popen(
            ["script/bootstrap"], cwd=machine.checkout, env=known, stderr=subprocess.DEVNULL
        )
        for _ in range(4)
    ]
    assert [one.wait(20) for one in running] == [0, 0, 0, 0]
    assert machine.installs() == 1


def test_server_passes_options_and_becomes_br(machine: Machine) -> None:
    machine.python()
    machine.run()
    br = machine.venv / "bin" / "br"
    br.write_text('#!/bin/sh\nprintf "%s|" "$@"\nkill -TERM $$\n')
    br.chmod(0o755)
    answer = machine.run("script/server", "--port", "0", "--data-dir", "a b", "--json")
    assert answer.stdout == "up|--port|0|--data-dir|a b|--json|"
    assert answer.returncode == -signal.SIGTERM  # it is `br` itself that a signal reaches


def test_a_caller_s_environment_does_not_lead_pip_elsewhere(machine: Machine) -> None:
    machine.python()
    elsewhere = {"CDPATH": os.sep, "PIP_USER": "1", "PIP_TARGET": "/nowhere", "PYTHONPATH": "/x"}
    answer = machine.run(**elsewhere)
    assert (answer.returncode, answer.stdout) == (0, "")
