"""Tests of arrows.py: python3 -m unittest discover Tools."""

import os
import tempfile
import unittest

import arrows


def target(name, **files):
    """The folders of a target with the given files, `Folder_File` for Folder/File.swift."""
    with tempfile.TemporaryDirectory() as parent:
        root = os.path.join(parent, name)
        for file, text in files.items():
            path = os.path.join(root, *file.split("_")) + ".swift"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
        return arrows.read(root)


class ArrowsTests(unittest.TestCase):
    def circles(self, **files):
        return arrows.circles(arrows.uses(target("T", **files)))

    def test_types_and_functions_make_arrows(self):
        folders = target("T", A_a="public struct First {}\nfunc draw() {}", B_b="let x = First()\nstruct S { let y = draw() }")
        self.assertEqual(arrows.uses(folders)["B"]["A"], {"b.swift": {"First", "draw"}})

    def test_a_pair_is_found(self):
        self.assertEqual(self.circles(A_a="struct First { var b: Second? }", B_b="enum Second { case a(First) }"), [("A", "B", "A")])

    def test_three_in_a_circle_are_found(self):
        found = self.circles(
            A_a="struct First { var b: Second }", B_b="struct Second { var c: Third }", C_c="struct Third { var a: [First] }")
        self.assertEqual(found, [["A", "B", "C", "A"]])

    def test_comments_and_strings_are_skipped(self):
        words = '/* Second /* Second */ Second */ // Second\nlet s = "Second \\" Second", t = #"Second" Second"#, ' \
            'u = """\nSecond "Second"\n"""\n'
        self.assertEqual(self.circles(A_a="struct First {}\n" + words, B_b="struct Second { var a: First }"), [])

    def test_what_strings_interpolate_counts(self):
        found = self.circles(A_a='struct First { var s = "x \\(f("(") + Second.name) y" }', B_b="struct Second { var a: First }")
        self.assertEqual(found, [("A", "B", "A")])

    def test_members_and_names_declared_again_are_skipped(self):
        found = self.circles(
            A_a="struct First { struct Key {}; var k: Key; var m = value.Second; func f<Other>(_ x: Other) {} }",
            B_b="struct Second { var a: First }\nstruct Key {}\nstruct Other {}")
        self.assertEqual(found, [])

    def test_a_name_of_two_folders_is_skipped(self):
        found = self.circles(A_a="struct First {}\nstruct Twin {}", B_b="struct B { var t: Twin }", C_c="struct Twin { var b: B }")
        self.assertEqual(found, [])

    def test_a_private_name_is_not_a_folder_s(self):
        self.assertEqual(self.circles(A_a="struct First { var s: Second }", B_b="private struct Second { var a: First }"), [])

    def test_imports_go_down(self):
        text = "package import LatentCore\n@_exported import struct LatentCore.Tensor\nimport Foundation\nimport LatentText\n"
        self.assertEqual(
            arrows.upward_imports("LatentArithmetic", target("LatentArithmetic", A_a=text)), [("a.swift", "LatentText")])


if __name__ == "__main__":
    unittest.main()
