#!/usr/bin/env python3
"""Uses the page as people do, in Debian's Chromium by its driver, and writes screenshots.

browser.py SERVER OUT [SHARED]: the program, a folder for screenshots, and the folder of development data, whose photos need
the face detector's networks (LATENT_MODELS).
"""

import base64
import os
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.chrome.service import Service

import access
from page import Page, Server, changed, inside, share

# A drawn face in the middle square of a larger picture, and where in the picture its mouth is.
MAKE_PHOTO = """
const done = arguments[arguments.length - 1];
(async () => {
  const face = await createImageBitmap(await (await fetch("/api/drawn/5")).blob());
  const canvas = new OffscreenCanvas(560, 320), context = canvas.getContext("2d");
  context.fillStyle = "#7d8c84";
  context.fillRect(0, 0, 560, 320);
  context.drawImage(face, 120, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
  done(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
})();
"""

# Puts a picture into the clipboard.
COPY = """
const [base64, done] = arguments;
(async () => {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) })]);
  done();
})();
"""
MOUTH = (120 + 115, 215, 120 + 205, 270)

def test_wrong_file(page, folder):
    path = os.path.join(folder, "letter.jpg")
    with open(path, "w", encoding="utf-8") as file:
        file.write("Dear diary")
    page.upload(path)
    page.expect_message("letter.jpg", "neither a PNG nor a JPEG")
    assert page.find("#drop").is_displayed() and not page.is_open()
    access.check_live_region(page, "neither a PNG nor a JPEG")
    access.look(page, "wrong-file")


def settled_once_open(page):
    """The picture of a photo that is about to open, framed by its middle where its face is not found."""
    page.wait(lambda: page.is_open() or page.driver.find_elements(By.CSS_SELECTOR, "#choices button"), "nothing opens")
    if not page.is_open():
        page.find("#choices button").click()
    page.wait(page.is_open, "the photo does not open")
    return page.settled()


def test_drop(page, path):
    """A file that is dragged over the page and let go there opens."""
    def drag(kind):
        data = {"items": [], "files": [path], "dragOperationsMask": 1}
        page.driver.execute_cdp_cmd("Input.dispatchDragEvent", {"type": kind, "x": 500, "y": 300, "data": data})

    drag("dragEnter")
    drag("dragOver")
    assert "dropping" in page.find("html").get_attribute("class")
    page.screenshot("dropping")
    drag("drop")
    picture = settled_once_open(page)
    assert picture[:2] == (560, 320) and "dropping" not in page.find("html").get_attribute("class")
    page.find("#another").click()
    return picture


def test_paste(page, dropped):
    """A picture in the clipboard opens when it is pasted, as the same that was dropped."""
    page.driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    page.driver.execute_async_script(COPY, page.photo)
    ActionChains(page.driver).key_down(Keys.CONTROL).send_keys("v").key_up(Keys.CONTROL).perform()
    assert settled_once_open(page) == dropped
    page.find("#another").click()


def test_smile(page, path):
    page.upload(path)
    before = settled_once_open(page)
    page.press(page.slider("smiling"), Keys.ARROW_RIGHT, 20)
    after = page.settled(since=before)
    changes, frame = changed(before, after), page.frame()
    outside = [place for place in changes if not inside(frame, place[0] + 0.5, place[1] + 0.5)]
    assert not outside, f"{len(outside)} pixels outside the frame changed, {outside[:3]} …"
    mouth, top = share(changes, MOUTH), share(changes, (0, 0, 560, 60))
    assert mouth > 0.25 and top < 0.05, f"{mouth:.0%} of the mouth and {top:.0%} of the top changed."
    page.screenshot("smiling")
    print(f"smiling: {mouth:.0%} of the mouth changed, {top:.0%} of the top, nothing outside the frame")
    return before, after


def test_compare_and_undo(page, before, after):
    body = page.find("body")
    ActionChains(page.driver).click(page.find("h1")).key_down("c").perform()
    assert page.pixels() == before, "Comparing does not show the photo as it was."
    page.screenshot("comparing")
    ActionChains(page.driver).key_up("c").perform()
    assert page.pixels() == after, "Comparing does not end with the key."
    ActionChains(page.driver).click_and_hold(page.find("#compare")).perform()
    assert page.pixels() == before
    ActionChains(page.driver).release().perform()
    assert page.pixels() == after
    for _ in range(20):
        body.send_keys(Keys.CONTROL, "z")
    assert page.settled(since=after) == before, "Undoing does not lead back."
    assert page.slider("smiling").get_attribute("value") == "0" and not page.find("#undo").is_enabled()


def test_phrase(page):
    before = page.settled()
    page.find("#text").send_keys("wearing sunglasses", Keys.ENTER)
    page.expect_message("wearing sunglasses", "means", "eyeglasses")
    assert page.slider("wearing sunglasses").get_attribute("value") == "1"
    page.settled(since=before)
    page.screenshot("phrase")
    page.find("#text").send_keys("smilling", Keys.ENTER)
    page.expect_message("smilling", "names nothing")
    access.check_live_region(page, "names nothing on a face")
    assert "smiling" in [button.text for button in page.driver.find_elements(By.CSS_SELECTOR, "#choices button")]
    access.look(page, "unknown-word")


def test_sentence(page):
    before = page.settled()
    page.find("#wish").send_keys("a smiling face with a beard", Keys.ENTER)
    page.wait(lambda: page.find("#progress").is_displayed() and page.find("#bar").get_attribute("value"), "no progress")
    page.screenshot("sentence-progress")
    page.expect_message("a smiling face with a beard", "was found")
    page.slider("“a smiling face with a beard”")
    page.settled(since=before)
    page.screenshot("sentence")
    page.find("#wish").send_keys("an old woman", Keys.ENTER)
    page.wait(lambda: page.find("#stop").is_displayed(), "no way to stop")
    page.find("#stop").click()
    page.expect_message("stopped")


def test_download(page, folder):
    page.find("#download").click()
    page.expect_message("was made, 560×320")
    path = os.path.join(folder, "drawn-edited.png")
    page.wait(lambda: os.path.exists(path), "no file is downloaded")
    with open(path, "rb") as file:
        header = file.read(24)
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")) == (560, 320)


def test_two_tabs(page):
    """What one tab does is no other tab's."""
    first, mine = page.driver.current_window_handle, page.settled()
    page.driver.switch_to.new_window("tab")
    page.driver.get(page.address)
    page.wait(lambda: page.driver.find_elements(By.CSS_SELECTOR, "#drawn button"), "no drawn faces")
    page.driver.find_elements(By.CSS_SELECTOR, "#drawn button")[2].click()
    page.wait(page.is_open, "the drawn face does not open")
    before = page.settled()
    page.press(page.slider("smiling"), Keys.ARROW_RIGHT, 12)
    smiling = page.settled(since=before)
    page.press(page.slider("blond"), Keys.ARROW_RIGHT, 16)
    other = page.settled(since=smiling)
    # The README shows this.
    page.driver.set_window_size(1040, 740)
    page.screenshot("drawn-face")
    page.driver.set_window_size(1280, 900)
    second = page.driver.current_window_handle
    page.driver.switch_to.window(first)
    assert page.pixels() == mine
    page.press(page.slider("blond"), Keys.ARROW_RIGHT, 20)
    page.settled(since=mine)
    page.driver.switch_to.window(second)
    assert page.pixels() == other
    page.driver.close()
    page.driver.switch_to.window(first)


def test_forgotten_session(page, server, program):
    """A photo that the server has forgotten is opened again, and its sliders stay."""
    before = page.settled()
    server.stop()
    server = Server(program, server.port)
    page.slider("pale").send_keys(Keys.ARROW_RIGHT)
    page.expect_message("had forgotten the photo", "Sentences have to be found again")
    # The sentence's slider is gone with the session.
    page.settled(since=before)
    page.press(page.slider("pale"), Keys.ARROW_RIGHT, 19)
    assert page.slider("pale").get_attribute("value") == "1"
    assert page.slider("blond").get_attribute("value") == "1"
    return server


def test_six_faces(page, shared):
    """Several faces are framed, one is chosen by the keyboard, and it alone changes."""
    page.find("#another").click()
    page.upload(os.path.join(shared, "data/photos/no-faces.jpg"))
    page.expect_message("no face")
    page.upload(os.path.join(shared, "data/photos/multiface.jpg"))
    page.expect_message("6 faces were found")
    before = page.settled()
    choices = page.driver.find_elements(By.CSS_SELECTOR, "#face-list input")
    choices[0].send_keys(Keys.ARROW_RIGHT)
    choices[1].send_keys(Keys.ARROW_RIGHT)
    assert choices[2].is_selected()
    before = page.settled()
    page.press(page.slider("eyeglasses"), Keys.ARROW_RIGHT, 20)
    changes, frame = changed(before, page.settled(since=before)), page.frame(2)
    assert changes and all(inside(frame, x + 0.5, y + 0.5) for x, y in changes)
    page.screenshot("six-faces")


def look_at_welcome(page):
    # Without a detector the page begins by saying so.
    if page.message():
        page.find("#dismiss").click()
    faces = [f"Drawn face {number}" for number in range(1, 7)]
    access.check_names(page, ("button", "Choose a photo"), *[("button", face) for face in faces])
    access.check_focus(page, "file", *faces)
    access.look(page, "welcome")


def look_at_stage(page):
    page.find("#dismiss").click()
    access.check_names(page, ("button", "Another photo"), ("button", "Compare"), ("button", "Undo"), ("button", "Download"),
                       ("textbox", "Add a word or a phrase"), ("button", "Add"), ("slider", "wearing sunglasses"),
                       ("button", "Remove wearing sunglasses"), ("slider", "smiling"),
                       ("textbox", "Or describe the face in a sentence"), ("button", "Find it"))
    told = access.spoken(page)
    assert ["image", "The photo, with wearing sunglasses +1.0", "", ""] in told, [one for one in told if one[0] == "image"]
    sliders = [row.get_attribute("id") for row in page.driver.find_elements(By.CSS_SELECTOR, "#sliders input")]
    access.check_focus(page, "another", "compare", "undo", "download", "text", "Add",
                       "Remove wearing sunglasses", *sliders, "wish", "seek")
    access.look(page, "stage")


def main():
    program, out, *shared = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    server = Server(program)
    try:
        server = use(server, program, out, shared)
    finally:
        server.stop()
    print(f"The page works; screenshots lie in {out}")


def use(server, program, out, shared):
    """Runs all tests, and returns the server that runs then."""
    with tempfile.TemporaryDirectory() as folder:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ["--headless=new", "--no-sandbox", "--window-size=1280,900", "--disable-dev-shm-usage",
                         "--hide-scrollbars"]:
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"download.default_directory": folder})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        try:
            page = Page(driver, out)
            page.address = server.address
            driver.get(server.address)
            page.wait(lambda: len(driver.find_elements(By.CSS_SELECTOR, "#drawn img")) == 6, "no drawn faces")
            page.wait(lambda: driver.execute_script("return [...document.images].every((one) => one.complete)"), "no images")
            look_at_welcome(page)
            page.photo = driver.execute_async_script(MAKE_PHOTO)
            photo = os.path.join(folder, "drawn.png")
            with open(photo, "wb") as file:
                file.write(base64.b64decode(page.photo))
            test_wrong_file(page, folder)
            test_paste(page, test_drop(page, photo))
            before, after = test_smile(page, photo)
            test_compare_and_undo(page, before, after)
            test_phrase(page)
            look_at_stage(page)
            test_sentence(page)
            test_download(page, folder)
            test_two_tabs(page)
            server = test_forgotten_session(page, server, program)
            if shared:
                test_six_faces(page, shared[0])
            # Refusals of requests are logged by the browser itself.
            faults = [line["message"] for line in driver.get_log("browser")
                      if line["level"] == "SEVERE" and "Failed to load resource" not in line["message"]]
            assert not faults, faults
        except BaseException:
            driver.save_screenshot(os.path.join(out, "failed.png"))
            raise
        finally:
            driver.quit()
    return server


if __name__ == "__main__":
    main()
