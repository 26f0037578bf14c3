"""Bundled scripts run as they did when each was loaded by itself."""

from courses.interactive.packages.bundle import run_apart

SCRIPTS = {
    "libraries/A-1.0/strict.js": '"use strict"; const shared = 1; var seen = ["strict"]; function name() { return 1 }',
    "libraries/A-1.0/broken.js": "seen.push('broken'; }",
    "libraries/A-1.0/throws.js": "seen.push('throws'); throw new Error('on purpose')",
    "libraries/A-1.0/twice.js": "const shared = 2; seen.push('twice')",
    "libraries/B-1.0/sloppy.js": "seen.push('sloppy ' + name()); undeclared = 010; function name() { return 2 }",
    "libraries/B-1.0/text.js": "seen.push('é\u2028</script>') // no end of line",
    "libraries/B-1.0/last.js": "window.where = document.currentScript.tagName; seen.push('last')",
}


def test_a_fault_in_one_script_stops_that_one_only_and_is_told_with_its_name(browser):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error.stack or error.message)))
    page.set_content("<!doctype html><title>x</title>")
    page.add_script_tag(content=run_apart(SCRIPTS.items()))
    assert page.evaluate("seen") == ["strict", "throws", "sloppy 2", "é\u2028</script>", "last"]
    assert page.evaluate("[shared, undeclared, name(), where]") == [1, 8, 2, "SCRIPT"]
    assert page.locator("script").count() == 1
    assert len(errors) == 3
    assert any("libraries/A-1.0/throws.js" in error for error in errors)
    page.close()
