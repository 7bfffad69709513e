"""What tests do with a page in a browser."""

import os


def keep(tab, name):
    """Store a screenshot where APP_SCREENSHOTS says, for a person to look at."""
    folder = os.environ.get("APP_SCREENSHOTS")
    if folder:
        tab.screenshot(path=f"{folder}/{name}.png", full_page=True)


CONTRASTS = """() => {
    const numbers = text => text.match(/[0-9.]+/g).map(Number);
    const part = one => (one /= 255) <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    const over = ([r, g, b, a = 1], under) =>
        [r, g, b].map((one, at) => one * a + under[at] * (1 - a));
    const behind = node => {
        if (!node) return [255, 255, 255];
        const own = numbers(getComputedStyle(node).backgroundColor);
        return (own[3] ?? 1) === 1 ? own : over(own, behind(node.parentElement));
    };
    const found = [];
    for (const node of document.querySelectorAll("body *")) {
        const text = [...node.childNodes].filter(one => one.nodeType === 3)
            .map(one => one.textContent.trim()).join("");
        if (!text || !node.checkVisibility({checkOpacity: true}) || node.closest("svg"))
            continue;
        let seen = 1;
        for (let one = node; one; one = one.parentElement) seen *= getComputedStyle(one).opacity;
        const paper = behind(node), ink = numbers(getComputedStyle(node).color);
        const pair = [light(paper), light(over([...ink.slice(0, 3), (ink[3] ?? 1) * seen], paper))];
        const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        if (ratio < 4.5) found.push(`${text.slice(0, 40)}: ${ratio.toFixed(2)}`);
    }
    return found;
}"""
"""JavaScript: the texts whose contrast (WCAG 2.2) with what is behind them is below 4.5 to 1."""
