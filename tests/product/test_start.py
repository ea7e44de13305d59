"""Starting and stopping: what an operator meets."""

import json
import os
import shutil
import signal
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.support.processes import ROOT, Product, until

pytestmark = pytest.mark.process

AWAY = {"engine_url": "http://127.0.0.1:1"}


def ends(product: Product) -> tuple[int, str]:
    """Start a product that cannot run; returns its exit code and what it said."""
    super(Product, product).start()
    assert product.process is not None
    return product.process.wait(60), product.output


def complaint(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith("mops: ")]
    assert len(lines) == 1, output
    assert "Traceback" not in output
    return lines[0]


def test_a_gateway_without_an_engine_takes_messages_and_says_what_is_missing(tmp_path: Path) -> None:
    with Product(tmp_path / "data", **AWAY) as product:
        token = httpx.post(f"{product.url}/api/web/conversations").json()["conversation"]
        sent = httpx.post(
            f"{product.url}/api/web/messages",
            headers={"Authorization": f"Bearer {token}"},
            json={"client_id": "7f2f3c5e-0000-4222-8333-944444444444", "text": "telefon"},
        )
        assert sent.status_code == 202
        ready = httpx.get(f"{product.url}/health/ready")
        assert ready.status_code == 503
        assert ready.json()["not_ready"] == ["engine"]
        assert ready.json()["components"]["database"] == {"status": "ok"}
        assert httpx.get(f"{product.url}/health/live").status_code == 200


def test_the_first_start_prints_a_one_time_link_and_later_ones_do_not_once_it_was_used(tmp_path: Path) -> None:
    with Product(tmp_path / "data", **AWAY) as product:
        link = product.setup_link
        page = httpx.get(link)
        assert page.status_code == 200
        assert 'type="password"' in page.text
    product.add_staff("szefowa", "Ewa", role="admin")
    product.log.write_text("")
    with product:
        assert "pierwsze-uruchomienie" not in product.output


def test_a_port_in_use_is_one_clear_message(tmp_path: Path) -> None:
    product = Product(tmp_path / "data", **AWAY)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", product.port))
        taken.listen()
        code, output = ends(product)
    assert code == 1
    assert f"127.0.0.1:{product.port}" in complaint(output)


def test_a_missing_key_file_is_one_clear_message_and_nothing_is_made(tmp_path: Path) -> None:
    wanted = tmp_path / "elsewhere" / "secret.key"
    code, output = ends(Product(tmp_path / "data", secret_key_file=str(wanted), **AWAY))
    assert code == 1
    assert str(wanted) in complaint(output)
    assert not wanted.exists()


def test_the_key_of_existing_data_is_never_made_anew(tmp_path: Path) -> None:
    product = Product(tmp_path / "data", **AWAY)
    with product:
        pass
    (product.folder / "keys" / "secret.key").unlink()
    product.log.write_text("")
    code, output = ends(product)
    assert code == 1
    assert "backup" in complaint(output)


def test_another_key_is_refused(tmp_path: Path) -> None:
    product = Product(tmp_path / "data", **AWAY)
    with product:
        pass
    key = product.folder / "keys" / "secret.key"
    key.unlink()
    assert product.mops("key", "new", str(key)).returncode == 0
    assert product.mops("key", "new", str(key)).returncode == 1
    product.log.write_text("")
    code, output = ends(product)
    assert code == 1
    assert "another key" in complaint(output)


def test_a_database_from_the_future_is_refused_untouched(tmp_path: Path) -> None:
    product = Product(tmp_path / "data", **AWAY)
    with product:
        pass
    with sqlite3.connect(product.folder / "mops.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    product.log.write_text("")
    code, output = ends(product)
    assert code == 1
    assert "newer version" in complaint(output)
    with sqlite3.connect(product.folder / "mops.db") as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_a_database_server_that_is_away_is_one_clear_message_without_the_password(tmp_path: Path) -> None:
    url = "postgresql://mops:sekret@127.0.0.1:1/mops"
    code, output = ends(Product(tmp_path / "data", database_url=url, **AWAY))
    assert code == 1
    assert "sekret" not in output
    assert "127.0.0.1" in complaint(output)


@pytest.fixture
def project_copy(tmp_path: Path) -> Path:
    """The parts of the project that a maintainer edits."""
    copy = tmp_path / "project"
    copy.mkdir()
    for name in ("config.yml", "domain.yml"):
        shutil.copy(ROOT / name, copy)
    for name in ("nlu_data", "knowledge"):
        shutil.copytree(ROOT / name, copy / name)
    shutil.copytree(ROOT / "engine", copy / "engine", ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    return copy


def test_a_broken_domain_is_named_with_its_line(tmp_path: Path, project_copy: Path) -> None:
    domain = project_copy / "domain.yml"
    text = domain.read_text()
    line = text.count("\n") + 2
    domain.write_text(text + "\n  - broken: [\n")
    code, output = ends(Product(tmp_path / "data", project_dir=str(project_copy)))
    assert code == 1
    assert "domain.yml:" in complaint(output)
    number = int(complaint(output).split("domain.yml:")[1].split(":")[0])
    assert abs(number - line) <= 1


def test_a_wrong_fact_is_named_with_its_line(tmp_path: Path, project_copy: Path) -> None:
    facts = project_copy / "knowledge" / "facts.yml"
    facts.write_text(facts.read_text().replace("verified_on: 2020-03-16", "verified_on: kiedyś", 1))
    code, output = ends(Product(tmp_path / "data", knowledge_dir=str(project_copy / "knowledge"), **AWAY))
    assert code == 1
    assert "facts.yml:" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", "osiem"), ("working_hours", "zawsze"), ("telegram_mode", "golebie"), ("telegram_mode", "webhook")],
)
def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path, name: str, value: str) -> None:
    product = Product(tmp_path / "data", **AWAY)
    product.env[f"MOPS_{name.upper()}"] = value
    code, output = ends(product)
    assert code == 1
    assert f"MOPS_{name.upper()}" in complaint(output)


@pytest.mark.engine
def test_ctrl_c_stops_everything_and_leaves_no_process(tmp_path: Path, model: Path) -> None:
    with Product(tmp_path / "data") as product:
        product.wait_ready()
        engine = product.engine_pid
        assert engine is not None
        assert product.process is not None
        product.process.send_signal(signal.SIGINT)
        assert product.process.wait(20) == 0
        assert "Traceback" not in product.output
        with pytest.raises(ProcessLookupError):
            os.kill(engine, 0)


@pytest.mark.engine
def test_a_changed_fact_is_spoken_without_training_or_restart(
    start_product: Callable[..., Product], project_copy: Path
) -> None:
    # The actions of a product's own engine run in the gateway, which reads the facts of its own folder.
    product = start_product(knowledge_dir=str(project_copy / "knowledge"), engine_url="", engine_token_file="")
    assert "68 411 50 00" in product.ask("fact", "jaki jest numer telefonu do mops")[0]["text"]
    facts = project_copy / "knowledge" / "facts.yml"
    facts.write_text(facts.read_text().replace("68 411 50 00", "68 411 59 99"))
    until(
        lambda: "68 411 59 99" in json.dumps(product.ask("fact", "jaki jest numer telefonu do mops")),
        10,
        "the new number is spoken",
    )
