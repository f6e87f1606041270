#!/usr/bin/env python3
"""Uses the page as people do, in Debian's Chromium by its driver, and writes screenshots.

browser.py SERVER OUT [SHARED]: the program, a folder for screenshots, and the folder of development data, whose photos need
the face detector's networks (LATENT_MODELS).
"""

import base64
import os
import re
import subprocess
import sys
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

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
MOUTH = (120 + 115, 215, 120 + 205, 270)

PIXELS = """
const canvas = document.getElementById("canvas");
const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
let text = "";
for (let start = 0; start < data.length; start += 8192)
  text += String.fromCharCode(...data.subarray(start, start + 8192));
return [canvas.width, canvas.height, btoa(text)];
"""


class Server:
    """The program on a port of its own."""

    def __init__(self, program, port=0):
        self.process = subprocess.Popen([program, "--port", str(port)], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = int(re.search(r"http://127\.0\.0\.1:(\d+)", line).group(1))
        self.address = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.process.stdout.close()
        self.process.terminate()
        assert self.process.wait(20) == 0, f"The server ended with {self.process.returncode}."


class Page:
    """What a test does on the page."""

    def __init__(self, driver, out):
        self.driver, self.out = driver, out

    def find(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def wait(self, condition, what, seconds=30):
        WebDriverWait(self.driver, seconds, 0.05).until(lambda _: condition(), what)

    def message(self):
        return self.find("#sentence").text

    def expect_message(self, *parts):
        self.wait(lambda: all(part in self.message() for part in parts), f"{parts} is not said, but {self.message()}")

    def upload(self, path):
        self.find("#file").send_keys(path)

    def is_open(self):
        return self.find("#stage").is_displayed()

    def pixels(self):
        width, height, data = self.driver.execute_script(PIXELS)
        return width, height, base64.b64decode(data)

    def settled(self, since=None):
        """The picture once it stays as it is, and is another than one before."""
        deadline, last, same = time.time() + 20, None, 0
        while time.time() < deadline:
            now = self.pixels()
            same = same + 1 if now == last else 0
            if same >= 4 and now != since:
                return now
            last = now
            time.sleep(0.08)
        raise AssertionError("The picture does not change." if last == since else "The picture does not settle.")

    def slider(self, text):
        for row in self.driver.find_elements(By.CSS_SELECTOR, "#sliders li"):
            if row.find_element(By.CSS_SELECTOR, "label").text == text:
                return row.find_element(By.CSS_SELECTOR, "input")
        raise AssertionError(f"There is no slider “{text}”.")

    def press(self, element, key, times):
        for _ in range(times):
            element.send_keys(key)

    def frame(self, index=0):
        points = self.driver.find_elements(By.CSS_SELECTOR, "#frames polygon")[index].get_attribute("points")
        return [tuple(map(float, point.split(","))) for point in points.split()]

    def screenshot(self, name):
        time.sleep(0.3)
        self.driver.save_screenshot(os.path.join(self.out, f"{name}.png"))


def inside(polygon, x, y):
    """Whether a point is in a polygon of clockwise corners, or within a pixel and a half of it."""
    for (ax, ay), (bx, by) in zip(polygon, polygon[1:] + polygon[:1]):
        length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        if ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / length < -1.5:
            return False
    return True


def changed(before, after):
    """The places of pixels that differ by more than a JPEG file's rounding, with how much."""
    width, height, old = before
    assert (width, height) == after[:2]
    new = after[2]
    found = {}
    for pixel in range(width * height):
        at = 4 * pixel
        if old[at:at + 3] != new[at:at + 3]:
            found[pixel % width, pixel // width] = max(abs(old[at + c] - new[at + c]) for c in range(3))
    return found


def share(changes, box, least=12):
    """The share of a box whose pixels visibly changed."""
    left, top, right, bottom = box
    seen = sum(1 for (x, y), change in changes.items() if left <= x < right and top <= y < bottom and change >= least)
    return seen / ((right - left) * (bottom - top))


def test_wrong_file(page, folder):
    path = os.path.join(folder, "letter.jpg")
    with open(path, "w", encoding="utf-8") as file:
        file.write("Dear diary")
    page.upload(path)
    page.expect_message("letter.jpg", "neither a PNG nor a JPEG")
    assert page.find("#drop").is_displayed() and not page.is_open()
    page.screenshot("wrong-file")


def open_photo(page, path):
    page.upload(path)
    page.wait(lambda: page.is_open() or page.driver.find_elements(By.CSS_SELECTOR, "#choices button"), "nothing opens")
    if not page.is_open():
        page.find("#choices button").click()
    page.wait(page.is_open, "the photo does not open")
    return page.settled()


def test_smile(page, path):
    before = open_photo(page, path)
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
    assert "smiling" in [button.text for button in page.driver.find_elements(By.CSS_SELECTOR, "#choices button")]
    page.screenshot("unknown-word")


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
    page.driver.find_elements(By.CSS_SELECTOR, "#drawn button")[5].click()
    page.wait(page.is_open, "the drawn face does not open")
    before = page.settled()
    page.press(page.slider("smiling"), Keys.ARROW_RIGHT, 18)
    other = page.settled(since=before)
    page.screenshot("drawn-face")
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


def at_phone_width(page):
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True})
    page.driver.execute_script("scrollTo(0, 0)")
    page.screenshot("phone")
    width = page.driver.execute_script("return document.documentElement.scrollWidth")
    assert width <= 390, f"The page is {width} pixels wide on a phone of 390."
    page.find("#another").click()
    page.screenshot("phone-welcome")
    page.find("#another").click()


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
            page.screenshot("welcome")
            photo = os.path.join(folder, "drawn.png")
            with open(photo, "wb") as file:
                file.write(base64.b64decode(driver.execute_async_script(MAKE_PHOTO)))
            test_wrong_file(page, folder)
            before, after = test_smile(page, photo)
            test_compare_and_undo(page, before, after)
            test_phrase(page)
            test_sentence(page)
            test_download(page, folder)
            test_two_tabs(page)
            at_phone_width(page)
            driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
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
