"""Logging in: who gets a code, what answers give away, what is locked and what is kept."""

import sqlite3
from pathlib import Path

from tests.support.portal_node import his_line
from tests.support.portal_process import Page, Scene, scene

PATIENT = "11010519491231002X"
OTHER = "440524188001010014"
PHONE = "13900000001"
LIMITS = "[accounts]\nlogins_max = 3\naddress_logins_max = 100\n"


def codes_sent(it: Scene) -> int:
    return it.code_file.read_text("utf-8").count("\n") if it.code_file.exists() else 0


def without_tokens(page: Page) -> str:
    lines = page.text.splitlines()
    return "\n".join(line for line in lines if "csrf" not in line)


async def test_a_first_login_binds_the_phone_and_later_the_phone_is_enough(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        await it.first_login(PATIENT, face["check_code"])
        again = await it.browser()
        await again.post("/login", phone=PHONE)
        await it.running.portal.logins.settle()
        page = await again.post("/code", code=it.last_code())
        assert page.path == "/bills"
        assert face["number"] in page.text


async def test_the_code_goes_only_to_the_phone_in_the_bill(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        await it.first_login(PATIENT, face["check_code"])
        stranger = await it.browser()
        await stranger.post("/login", phone="13900000002")
        await it.running.portal.logins.settle()
        assert codes_sent(it) == 1


async def test_unknown_id_and_wrong_check_code_get_the_answer_of_right_ones(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        answers = []
        for resident_id, check_code in (
            (PATIENT, face["check_code"]),
            (PATIENT, "zzzzzz"),
            (OTHER, face["check_code"]),
        ):
            browser = await it.browser()
            page = await browser.post(
                "/login/first", resident_id=resident_id, check_code=check_code
            )
            answers.append((page.status, page.path, without_tokens(page)))
        await it.running.portal.logins.settle()
        assert answers[0] == answers[1] == answers[2]
        assert codes_sent(it) == 1


async def test_a_bill_without_a_phone_gets_no_code_and_the_same_answer(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line(tel=""))
        browser = await it.browser()
        page = await browser.post(
            "/login/first", resident_id=PATIENT, check_code=face["check_code"]
        )
        await it.running.portal.logins.settle()
        assert page.path == "/code"
        assert codes_sent(it) == 0


async def test_five_wrong_codes_void_the_right_one(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.browser()
        await browser.post("/login/first", resident_id=PATIENT, check_code=face["check_code"])
        await it.running.portal.logins.settle()
        right = it.last_code()
        wrong = "000000" if right != "000000" else "111111"
        pages = [await browser.post("/code", code=wrong) for _ in range(5)]
        assert "还可以再试 4 次" in pages[0].text
        assert "请重新获取" in pages[4].text
        assert (await browser.post("/code", code=right)).status == 400


async def test_a_login_that_got_no_code_counts_tries_like_one_that_did(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        await it.issue(his_line())
        browser = await it.browser()
        await browser.post("/login", phone="13900000009")
        page = await browser.post("/code", code="123456")
        assert "还可以再试 4 次" in page.text


async def test_a_code_is_void_after_five_minutes(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.browser()
        await browser.post("/login/first", resident_id=PATIENT, check_code=face["check_code"])
        await it.running.portal.logins.settle()
        it.clock.time_ms += 300_000
        assert (await browser.post("/code", code=it.last_code())).status == 400


async def test_a_code_of_one_visit_serves_no_other(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser, other = await it.browser(), await it.browser()
        await browser.post("/login/first", resident_id=PATIENT, check_code=face["check_code"])
        await other.post("/login", phone="13900000009")
        await it.running.portal.logins.settle()
        assert (await other.post("/code", code=it.last_code())).status == 400


async def test_an_id_asked_for_too_often_is_locked_known_or_not(tmp_path: Path) -> None:
    async with scene(tmp_path, settings=LIMITS) as it:
        await it.issue(his_line())
        browser = await it.browser()
        for resident_id in (PATIENT, OTHER):
            for _ in range(3):
                page = await browser.post(
                    "/login/first", resident_id=resident_id, check_code="zzzzzz"
                )
                assert page.status == 200
            page = await browser.post("/login/first", resident_id=resident_id, check_code="zzzzzz")
            assert page.status == 429
            assert "15 分钟后" in page.text
        it.clock.time_ms += 900_000
        page = await browser.post("/login/first", resident_id=PATIENT, check_code="zzzzzz")
        assert page.status == 200


async def test_an_address_that_tries_many_ids_is_locked(tmp_path: Path) -> None:
    async with scene(tmp_path, settings="[accounts]\naddress_logins_max = 4\n") as it:
        await it.issue(his_line())
        browser = await it.browser()
        statuses = [
            (await browser.post("/login", phone=f"1390000000{digit}")).status for digit in range(6)
        ]
        assert statuses == [200] * 4 + [429] * 2


async def test_a_new_binding_replaces_the_old_ends_its_sessions_and_leaves_a_notice(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        old, new = await it.issue(his_line(), his_line(tel="13900000002"))
        first = await it.first_login(PATIENT, old["check_code"])
        second = await it.first_login(PATIENT, new["check_code"])
        assert (await first.get("/bills")).path == "/login"
        page = await second.get("/bills")
        assert "绑定了新的手机号" in page.text
        await second.post("/notices")
        assert "绑定了新的手机号" not in (await second.get("/bills")).text
        third = await it.browser()
        sent = codes_sent(it)
        await third.post("/login", phone=PHONE)
        await it.running.portal.logins.settle()
        assert codes_sent(it) == sent


async def test_who_lost_a_recycled_number_finds_a_notice(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        mine, theirs = await it.issue(his_line(), his_line(idCardNo=OTHER))
        await it.first_login(PATIENT, mine["check_code"])
        await it.first_login(OTHER, theirs["check_code"])
        mine_again = await it.first_login(PATIENT, mine["check_code"])
        assert "被他人绑定" in (await mine_again.get("/bills")).text


async def test_a_first_login_says_so_while_the_node_is_away(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.browser()
        await browser.get("/login/first")
        away = it.log.expect("projection.node_away")
        await it.node.stop()
        await away.wait()
        page = await browser.post(
            "/login/first", resident_id=PATIENT, check_code=face["check_code"]
        )
        assert page.status == 503


async def test_typing_errors_are_named_at_their_field(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        await it.issue(his_line())
        browser = await it.browser()
        page = await browser.post(
            "/login/first", resident_id="110105194912310021", check_code="12345"
        )
        assert page.status == 400
        assert "请逐位核对" in page.text
        page = await browser.post("/login", phone="12345")
        assert 'aria-invalid="true"' in page.text


async def test_full_width_digits_of_an_input_method_are_understood(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.browser()
        wide = "".join(chr(ord(char) + 0xFEE0) for char in PATIENT)
        await browser.post("/login/first", resident_id=wide, check_code=face["check_code"])
        await it.running.portal.logins.settle()
        assert codes_sent(it) == 1


async def test_nothing_a_patient_typed_stays_in_files_or_log(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        await browser.get(f"/bills/{face['code']}/{face['number']}")
        await browser.post("/login", phone="12345678901")
        folder = tmp_path / "hospital/portal"
        data = b"".join(file.read_bytes() for file in folder.iterdir())
        data += it.log.getvalue().encode()
        for secret in (PATIENT, PHONE, "12345678901", "陈小满", face["check_code"], "13.05"):
            assert secret.encode() not in data
        assert it.code_file.stat().st_mode & 0o077 == 0


async def test_a_restart_keeps_bound_phones(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        await it.first_login(PATIENT, face["check_code"])
    rows = sqlite3.connect(tmp_path / "hospital/portal/accounts.sqlite")
    assert rows.execute("SELECT count(*) FROM bindings").fetchone() == (1,)
    rows.close()
