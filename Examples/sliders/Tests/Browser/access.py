"""What the page is to a keyboard, a screen reader, a dark screen and a phone."""

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

CONTROLS = ["button", "textbox", "slider", "radio", "link", "checkbox", "combobox"]

# How much text stands out from what is behind it, as WCAG 2 has it: [ratio, text] of every text that is seen, hints in empty
# fields among them, buttons that cannot be pressed not.
CONTRASTS = """
const numbers = (color) => {
  const [r, g, b, a = 1] = color.match(/[0-9.]+/g).map(Number);
  return [r, g, b, a];
};
const over = ([r, g, b, a], below) => [r, g, b].map((value, index) => a * value + (1 - a) * below[index]);
const luminance = (color) => {
  const [r, g, b] = color.map((value) => value / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => element
  ? over(numbers(getComputedStyle(element).backgroundColor), behind(element.parentElement)) : [255, 255, 255];
const opacity = (element) => element ? getComputedStyle(element).opacity * opacity(element.parentElement) : 1;
const found = [];
const see = (element, text, style, share) => {
  const [r, g, b, a] = numbers(style.color), back = behind(element);
  const [one, other] = [luminance(over([r, g, b, a * share], back)), luminance(back)].sort((x, y) => y - x);
  found.push([(one + 0.05) / (other + 0.05), text]);
};
for (const element of document.body.querySelectorAll("*")) {
  const share = opacity(element);
  if (!element.checkVisibility() || share === 0 || element.closest(":disabled, #message:not(.shown)")) continue;
  const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join(" ").trim();
  if (text) see(element, text, getComputedStyle(element), share);
  if (element.placeholder && !element.value) {
    const style = getComputedStyle(element, "::placeholder");
    see(element, element.placeholder, style, share * style.opacity);
  }
}
return found;
"""

# A name of what has the focus, and its place on the page.
FOCUSED = """
const element = document.activeElement;
if (element === document.body) return null;
const seen = element.matches("#file, #face-list input") ? element.parentElement : element;
seen.scrollIntoView({ block: "center" });
const { x, y, width, height } = seen.getBoundingClientRect();
const name = element.id || element.ariaLabel || element.textContent.trim() || element.firstElementChild.alt;
return [name, { x: x + scrollX - 8, y: y + scrollY - 8, width: width + 16, height: height + 16, scale: 1 }];
"""


def check_contrast(page, where):
    """All text stands out by at least 4.5 to 1."""
    contrasts = page.driver.execute_script(CONTRASTS)
    assert contrasts, "No text is seen."
    faint = [f"“{text}” {ratio:.2f}" for ratio, text in contrasts if ratio < 4.5]
    assert not faint, f"{where}: {', '.join(faint)}"
    return min(ratio for ratio, _ in contrasts)


def spoken(page):
    """What a screen reader is given: [role, name, description, value] of everything, in order."""
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    value = lambda node, key: str(node.get(key, {}).get("value", ""))
    return [[value(node, key) for key in ["role", "name", "description", "value"]] for node in nodes if not node["ignored"]]


def check_names(page, *expected):
    """Every control that is seen has a role and a name, and those expected are there."""
    told = [node for node in spoken(page) if node[0] in CONTROLS]
    nameless = [node for node in told if not node[1]]
    assert not nameless, f"Controls without a name: {nameless}"
    # Chromium's button of a file's field is within the field.
    seen = page.driver.execute_script(
        "return [...document.querySelectorAll('button, input, a')].filter((one) => one.checkVisibility()).length")
    assert len(told) == seen, f"{seen} controls are seen, and {len(told)} told: {told}"
    for role, name in expected:
        assert [role, name] in [node[:2] for node in told], f"There is no {role} “{name}” in {told}"


def check_live_region(page, sentence):
    """What happened stands in the region that is read out when it changes."""
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}
    region = next(node for node in nodes if node.get("role", {}).get("value") == "status")
    live = {one["name"]: one["value"].get("value") for one in region["properties"]}
    assert live.get("live") == "polite" and live.get("atomic"), live

    def names(node):
        return node.get("name", {}).get("value", "") + " ".join(names(by_id[one]) for one in node["childIds"] if one in by_id)

    assert sentence in names(region), f"“{sentence}” is not told, but {names(region)}"


def check_focus(page, *expected):
    """The tabulator leads to the controls in an order, and each looks otherwise while it has the focus."""
    driver = page.driver
    # The caret blinks, and is no sign of focus that is large enough.
    driver.execute_script("""
        document.documentElement.style.caretColor = "transparent";
        document.body.tabIndex = -1;
        document.body.focus();
        document.body.removeAttribute("tabindex");""")
    order = []
    while True:
        ActionChains(driver).send_keys(Keys.TAB).perform()
        focused = driver.execute_script(FOCUSED)
        if focused is None or order and focused[0] == order[0]:
            break
        name, clip = focused
        order.append(name)
        picture = lambda: driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip})["data"]
        with_focus = picture()
        driver.execute_script("window.focused = document.activeElement; focused.blur()")
        assert with_focus != picture(), f"The focus on “{name}” is not seen."
        driver.execute_script("focused.focus({ focusVisible: true })")
    assert order == list(expected), f"The focus goes through {order}"


def in_the_dark(page):
    """Runs what follows as on a dark screen, until `in_the_light`."""
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})


def in_the_light(page):
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def at_phone_width(page):
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True})
    page.driver.execute_script("scrollTo(0, 0)")


def at_full_width(page):
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def look(page, name):
    """Screenshots and contrasts in light and dark, wide and as wide as a phone, which nothing is wider than."""
    least = []
    for size, resize in [("", at_full_width), ("-phone", at_phone_width)]:
        resize(page)
        for colors, emulate in [("", in_the_light), ("-dark", in_the_dark)]:
            emulate(page)
            least.append(check_contrast(page, f"{name}{size}{colors}"))
            page.screenshot(f"{name}{size}{colors}")
        width, most = page.driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
        assert width <= most, f"{name}{size} is {width} pixels wide in a window of {most}."
    at_full_width(page)
    in_the_light(page)
    print(f"{name}: the faintest text has a contrast of {min(least):.1f} to 1")
