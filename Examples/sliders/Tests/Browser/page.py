"""What tests do with the server and on its page, and how they compare pictures."""

import base64
import os
import re
import subprocess
import time

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

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
        """The picture once no move is under way, and it is another than one before."""
        def settled():
            return self.find("#picture").get_attribute("aria-busy") != "true" and self.pixels() != since

        self.wait(settled, "The picture does not change, or not settle.", seconds=120)
        return self.pixels()

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
