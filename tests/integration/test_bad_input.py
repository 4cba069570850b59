"""What is wrong is told in one sentence: what, where and what to do; nothing is left half-done."""

import json
import resource
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.processes import PIAOLIAND, make_network, run_program, running_network

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One testnet's folders; nothing runs."""
    return make_network(tmp_path_factory.mktemp("net") / "net").out


@pytest.fixture
def hospital(folder, tmp_path) -> Path:
    """A copy of one agency, to spoil."""
    shutil.copytree(folder, tmp_path / "net")
    return tmp_path / "net" / "hospital"


def fails(hospital: Path, *expected: str, code: int = 78) -> None:
    """Assert that `run` ends with `code` and one line that holds all of `expected`."""
    ran = run_program("run", "--config", str(hospital / "node.toml"))
    lines = [line for line in ran.stderr.splitlines() if line.startswith("piaoliand: ")]
    assert ran.returncode == code, ran.stderr
    assert len(lines) == 1, ran.stderr
    assert "Traceback" not in ran.stderr
    for part in expected:
        assert part in lines[0], lines[0]


def run_short_of_disk(limit: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `piaoliand` on a disk that takes no more than `limit` bytes of a file."""
    return subprocess.run(
        [PIAOLIAND, *arguments],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def told_of_the_disk(ran: subprocess.CompletedProcess[str]) -> None:
    lines = ran.stderr.splitlines()
    assert (ran.returncode, len(lines)) == (1, 1), ran.stderr
    assert "[storage.write_failed]" in lines[0]
    assert "check the disk" in lines[0]


def an_agency(folder: Path) -> tuple[str, ...]:
    """Return the arguments that make an agency's folder."""
    return (
        *("init", str(folder), "--agency", "clinic", "--name", "诊所"),
        *("--uscc", "91110108551385082Q", "--role", "hospital", "--links", "127.0.0.1:21999"),
    )


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_a_missing_configuration_names_the_file(tmp_path):
    fails(tmp_path, str(tmp_path / "node.toml"), "piaoliand init")


def test_an_unknown_key_names_file_section_and_nearest_key(hospital):
    replace(hospital / "node.toml", "[api]\nsocket", "[api]\nsockets")
    fails(hospital, str(hospital / "node.toml"), "[api]", "'sockets'", "'socket'")


def test_a_wrong_value_names_file_and_key(hospital):
    replace(hospital / "node.toml", 'level = "info"', 'level = "loud"')
    fails(hospital, str(hospital / "node.toml"), "log.level", "info, debug")


def test_an_agency_that_the_genesis_does_not_know(hospital):
    replace(hospital / "node.toml", 'agency = "hospital"', 'agency = "hospice"')
    fails(hospital, "hospice")


def test_a_peer_that_the_genesis_does_not_know_is_told_with_the_nearest(hospital):
    replace(hospital / "node.toml", '"finance=', '"finanze=')
    ran = run_program("config", "check", "--config", str(hospital / "node.toml"))
    assert ran.returncode == 0
    for told in ("links.peer_not_in_genesis", "finanze", "finance"):
        assert told in ran.stderr


@pytest.mark.parametrize("key", ["validator.key", "desk.key", "sealing.key", "node.key"])
def test_a_key_readable_by_others_tells_the_command_that_mends_it(hospital, key):
    file = hospital / "keys" / key
    file.chmod(0o644)
    fails(hospital, f"chmod 600 {file}", code=77)
    assert not (hospital / "api.sock").exists()


def test_a_portal_key_readable_by_others(hospital):
    (hospital / "keys/portal.key").chmod(0o604)
    fails(hospital, f"chmod 600 {hospital / 'keys/portal.key'}", code=77)


def test_a_tokens_file_readable_by_others(hospital):
    (hospital / "tokens").chmod(0o640)
    fails(hospital, f"chmod 600 {hospital / 'tokens'}", code=77)


def test_a_malformed_tokens_line_names_file_and_line(hospital):
    with (hospital / "tokens").open("a") as tokens:
        tokens.write("nobody everything 00\n")
    fails(hospital, f"{hospital / 'tokens'}, line 3")


def test_a_malformed_key(hospital):
    (hospital / "keys/desk.key").write_text("not hex\n")
    fails(hospital, str(hospital / "keys/desk.key"), "64 hex digits")


def test_a_missing_key(hospital):
    (hospital / "keys/validator.key").unlink()
    fails(hospital, str(hospital / "keys/validator.key"), "does not exist")


def test_another_agencys_certificate(hospital):
    shutil.copy(hospital.parent / "finance/keys/node.crt", hospital / "keys/node.crt")
    fails(hospital, str(hospital / "keys/node.crt"), "'finance'")


def test_another_agencys_validator_key(hospital):
    shutil.copy(hospital.parent / "finance/keys/validator.key", hospital / "keys/validator.key")
    fails(hospital, str(hospital / "keys/validator.key"), "'finance'")


def test_a_missing_genesis(hospital):
    (hospital.parent / "genesis.json").unlink()
    fails(hospital, "genesis.json")


def test_a_changed_genesis_is_another_chain_than_the_stores(hospital):
    replace(hospital.parent / "genesis.json", "piaolian-testnet", "piaolian-other")
    fails(hospital, "another chain")


def test_a_genesis_with_a_duplicate_key_names_the_key(hospital):
    replace(hospital.parent / "genesis.json", '"suite": 1,', '"suite": 1, "suite": 1,')
    fails(hospital, "genesis.json", "suite")


def test_a_store_that_was_never_made_names_the_command(hospital):
    shutil.rmtree(hospital / "data")
    fails(hospital, "store")


def test_a_foreign_store(hospital):
    shutil.rmtree(hospital / "data/state")
    shutil.copytree(hospital.parent / "finance/data/state", hospital / "data/state")
    fails(hospital, "stores")


def test_a_store_without_its_current_file(hospital):
    (hospital / "data/state/CURRENT").unlink()
    fails(hospital, "CURRENT")


def test_a_store_with_a_lost_marker(hospital):
    for marker in (hospital / "data/head").iterdir():
        marker.write_bytes(b"")
    fails(hospital, "marker")


@pytest.mark.parametrize("key", ["links.listen", "api.listen"])
def test_a_port_in_use_names_address_key_and_file(hospital, key):
    section, _, name = key.partition(".")
    text = (hospital / "node.toml").read_text()
    address = text.split(f"[{section}]")[1].split(f'{name} = "')[1].split('"')[0]
    host, _, port = address.rpartition(":")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, int(port)))
        taken.listen()
        fails(hospital, str(hospital / "node.toml"), key, address)
    assert not list(hospital.glob("data/vault/waiting/*"))


def test_a_second_process_on_the_same_store(hospital, tmp_path):
    command = [PIAOLIAND, "run", "--config", str(hospital / "node.toml")]
    with (tmp_path / "log").open("wb") as log:
        first = subprocess.Popen(command, stderr=log)
    try:
        from tests.support.processes import Network

        Network.wait_until((hospital / "api.sock").exists, "the socket")
        fails(hospital, "lock")
        assert first.poll() is None
        checked = run_program("store", "verify", "--config", str(hospital / "node.toml"))
        assert checked.returncode == 78
        assert "stop the node" in checked.stderr
    finally:
        first.terminate()
        assert first.wait(timeout=20) == 0


def test_config_check_reads_everything_and_starts_nothing(hospital):
    good = run_program("config", "check", "--config", str(hospital / "node.toml"))
    assert (good.returncode, good.stderr) == (0, "")
    (hospital / "keys/desk.key").chmod(0o666)
    bad = run_program("config", "check", "--config", str(hospital / "node.toml"))
    assert bad.returncode == 77


def test_a_store_is_never_made_over_another(hospital):
    before = sorted((hospital / "data/state").iterdir())
    made = run_program("store", "create", "--config", str(hospital / "node.toml"))
    assert made.returncode == 78
    assert sorted((hospital / "data/state").iterdir()) == before


@pytest.mark.parametrize("limit", [0, 40, 100, 600, 3000])
def test_a_full_disk_leaves_nothing_of_a_testnet_and_is_told(tmp_path, limit):
    ran = run_short_of_disk(limit, "testnet", "--out", str(tmp_path / "net"))
    told_of_the_disk(ran)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("limit", [0, 40, 200, 600])
def test_a_full_disk_leaves_nothing_of_a_store_and_the_next_attempt_makes_it(hospital, limit):
    shutil.rmtree(hospital / "data")
    config = str(hospital / "node.toml")
    told_of_the_disk(run_short_of_disk(limit, "store", "create", "--config", config))
    assert not (hospital / "data").exists()
    assert run_program("store", "create", "--config", config).returncode == 0
    assert run_program("store", "verify", "--config", config).returncode == 0


@pytest.mark.parametrize("limit", [0, 40, 100])
def test_a_full_disk_leaves_no_key_of_an_agency(tmp_path, limit):
    ran = run_short_of_disk(limit, *an_agency(tmp_path / "new"))
    told_of_the_disk(ran)
    assert list(tmp_path.iterdir()) == []


def test_init_prints_a_genesis_entry_and_never_overwrites(tmp_path):
    arguments = an_agency(tmp_path / "new")
    made = run_program(*arguments)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["id"] == "clinic"
    key = (tmp_path / "new/keys/validator.key").read_bytes()
    again = run_program(*arguments)
    assert again.returncode == 78
    assert (tmp_path / "new/keys/validator.key").read_bytes() == key


def test_usage_errors_end_with_2_and_help_teaches():
    assert run_program("run").returncode == 2
    assert run_program("fly").returncode == 2
    helped = run_program("--help")
    assert helped.returncode == 0
    assert "piaoliand testnet --out net" in helped.stdout
    assert run_program("version").stdout.startswith("piaoliand ")


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running_network(tmp_path_factory.mktemp("api") / "net") as network:
        yield network["hospital"]


@pytest.mark.parametrize(
    ("path", "body", "media", "status", "code"),
    [
        ("/v1/ranges", b'{"unit":"a","unit":"b"}', "application/json", 400, "duplicate_key"),
        ("/v1/ranges", b"[" * 100_000, "application/json", 400, "malformed"),
        ("/v1/ranges", b'{"unit":NaN}', "application/json", 400, "malformed"),
        ("/v1/ranges", b"\xff\xfe", "application/json", 400, "malformed"),
        ("/v1/ranges", b'{"unit":7}', "application/json", 422, "wrong_value"),
        ("/v1/ranges", b"{}", "text/plain", 415, "wrong_type"),
        ("/v1/bills", b"x" * (9 * 1024 * 1024), "application/x-ndjson", 413, "too_large"),
        ("/v1/bills", b"{}\n" * 1001, "application/x-ndjson", 413, "too_many_items"),
        ("/v1/bills", b"", "application/x-ndjson", 413, "too_many_items"),
        ("/v1/bills", b"{}", "text/csv", 415, "wrong_type"),
        ("/v1/transactions", b'{"transactions":[]}', "application/json", 413, "too_many_items"),
        ("/v1/transactions", b'{"transactions":["="]}', "application/json", 422, "wrong_value"),
    ],
)
def test_a_bad_request_gets_one_problem_and_the_node_lives(api, path, body, media, status, code):
    answer = api.request("POST", path, body=body, media=media)
    assert answer.status == status, answer
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json["code"] == f"request.{code}"
    assert answer.json["type"] == f"urn:piaolian:problem:request.{code}"
    assert api.get("/livez") == {"status": "alive"}


def test_bytes_that_are_no_transaction_are_refused_one_by_one(api):
    for data in ("AAAA", "gA", "lQHEKA"):
        body = json.dumps({"transactions": [data]}).encode()
        answer = api.request("POST", "/v1/transactions", body=body)
        (item,) = answer.json["items"]
        assert item["status"] == "refused"
        assert item["problem"]["code"].startswith(("codec.", "transaction."))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("DELETE", "/v1/bills", 405),
        ("GET", "/v1/bills/46060126/9999999999", 404),
        ("GET", "/v1/bills/x/1", 422),
        ("GET", "/v1/blocks/999999", 404),
        ("GET", "/v1/blocks/-1", 422),
        ("GET", "/v1/blocks?limit=1e3", 422),
        ("GET", "/v1/bills?cursor=***", 422),
        ("GET", "/v1/transactions/00", 422),
        ("GET", "/v1/events?from=-1", 422),
    ],
)
def test_a_wrong_path_or_parameter_is_a_problem(api, method, path, status):
    answer = api.request(method, path)
    assert answer.status == status, answer
    assert answer.json["status"] == status


def test_the_tls_listener_wants_a_token_with_the_scope(api):
    import ssl
    import urllib.error
    import urllib.request

    text = (api.folder / "node.toml").read_text()
    address = text.split("[api]")[1].split('listen = "')[1].split('"')[0]
    context = ssl.create_default_context(cadata=(api.folder / "keys/node.crt").read_bytes())

    def ask(headers: dict[str, str]) -> int:
        request = urllib.request.Request(f"https://{address}/v1/status", headers=headers)
        try:
            with urllib.request.urlopen(request, context=context, timeout=10) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code

    token = (api.folder / "api.token").read_text().strip()
    assert ask({}) == 401
    assert ask({"Authorization": "Bearer wrong"}) == 401
    assert ask({"Authorization": f"Bearer {token}"}) == 200
    tokens = api.folder / "tokens"
    before = tokens.read_text()
    tokens.write_text(before.replace("read,desk,payments,details,portal,admin", "desk"))
    assert ask({"Authorization": f"Bearer {token}"}) == 403
    tokens.write_text("# withdrawn\n")
    assert ask({"Authorization": f"Bearer {token}"}) == 401
    tokens.write_text(before)
    assert ask({"Authorization": f"Bearer {token}"}) == 200


def test_the_admin_socket_is_the_owners_alone(api):
    assert (api.folder / "api.sock").stat().st_mode & 0o777 == 0o600
