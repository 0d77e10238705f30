"""The published test suite for kernels, jupyter_kernel_test, on the kernel of the packaged jar."""

import unittest

import jupyter_kernel_test


class WirebookTests(jupyter_kernel_test.KernelTests):
    kernel_name = "wirebook"
    language_name = "java"
    file_extension = ".java"
    code_hello_world = 'System.out.println("hello, world");'
    code_stderr = 'System.err.println("oops");'
    completion_samples = [{"text": "System.out.prin"}, {"text": "%di"}]
    complete_code_samples = ["1 + 1", "int a = 1;", "%dig example.com", "%%bash\nls\n"]
    incomplete_code_samples = ["void f() {", "int a =", "%%bash\nls"]
    invalid_code_samples = ["int = ;"]
    code_generate_error = "throw new IllegalStateException();"
    code_execute_result = [{"code": "6 * 7", "result": "42"}, {"code": '"a" + 1'}]
    code_display_data = [{"code": 'display("shown")', "mime": "text/plain"}]
    code_history_pattern = "6*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "System"
    code_clear_output = "clearOutput()"


class WirebookWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "wirebook"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
