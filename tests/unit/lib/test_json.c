/* The writer of JSON: commas and brackets, numbers, and strings of any bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lib/json.h>
#include <string.h>

static char text[8192];
static size_t size;

static void put(void *to, char c)
{
	assert_ptr_equal(to, text);
	assert_true(size < sizeof(text) - 1);
	text[size++] = c;
	text[size] = 0;
}

static struct json begin(void)
{
	size = 0;
	text[0] = 0;
	return (struct json){.put = put, .to = text};
}

static void objects_arrays_and_rows_fit_together(void **state)
{
	struct json json = begin();

	(void)state;
	json_begin(&json, "test");
	json_array(&json, "empty");
	json_end(&json);
	json_array(&json, "list");
	json_number(&json, NULL, 1);
	json_string(&json, NULL, "two");
	json_end(&json);
	json_rows(&json, "rows");
	for (int i = 0; i < 2; i++) {
		json_object(&json, NULL);
		json_boolean(&json, "odd", i == 1);
		json_rows(&json, "none");
		json_end(&json);
		json_end(&json);
	}
	json_end(&json);
	json_null(&json, "last");
	json_end(&json);
	assert_string_equal(text, "{\"schema\": 1, \"document\": \"test\", \"empty\": [], "
	                          "\"list\": [1, \"two\"], \"rows\": [\n"
	                          "{\"odd\": false, \"none\": [\n]}\n"
	                          ",{\"odd\": true, \"none\": [\n]}\n"
	                          "], \"last\": null}\n");
}

static void expect_decimal(uint64_t value, uint32_t decimals, const char *wanted)
{
	struct json json = begin();

	json_array(&json, NULL);
	json_decimal(&json, NULL, value, decimals);
	assert_string_equal(text + 1, wanted);
}

static void numbers_are_exact(void **state)
{
	(void)state;
	expect_decimal(0, 0, "0");
	expect_decimal(0, 1, "0.0");
	expect_decimal(7, 3, "0.007");
	expect_decimal(1234, 1, "123.4");
	expect_decimal(UINT64_MAX, 0, "18446744073709551615");
	expect_decimal(UINT64_MAX, 3, "18446744073709551.615");
}

static void expect_bytes(const char *bytes, size_t count, const char *wanted)
{
	struct json json = begin();

	json_array(&json, NULL);
	json_bytes(&json, NULL, bytes, count);
	assert_string_equal(text + 1, wanted);
}

#define BYTES(bytes) bytes, sizeof(bytes) - 1

static void strings_of_any_bytes_are_valid(void **state)
{
	(void)state;
	expect_bytes(BYTES(""), "\"\"");
	expect_bytes(BYTES("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
	expect_bytes(BYTES("\0\n\x1b\x7f"), "\"\\u0000\\u000a\\u001b\\u007f\"");
	expect_bytes(BYTES("[kumiki]"), "\"\\u005bkumiki]\"");
	expect_bytes(BYTES("\xc3\xa9\xe2\x82\xac"), "\"\\u00e9\\u20ac\"");
	expect_bytes(BYTES("\xf0\x9f\x98\x80"), "\"\\ud83d\\ude00\"");
}

/* Each wrong byte is one sign; what follows is read anew. */
static void broken_characters_are_told(void **state)
{
	(void)state;
	expect_bytes(BYTES("\xffx\x80"), "\"\\ufffdx\\ufffd\"");
	expect_bytes(BYTES("\xc0\xaf"), "\"\\ufffd\\ufffd\"");            /* too long a form */
	expect_bytes(BYTES("\xe2\x82"), "\"\\ufffd\\ufffd\"");            /* cut short */
	expect_bytes(BYTES("\xe2\"\\"), "\"\\ufffd\\\"\\\\\"");           /* hides a quote */
	expect_bytes(BYTES("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\""); /* a surrogate */
	expect_bytes(BYTES("\xf4\x90\x80\x80"),                           /* behind the last */
	             "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
	expect_bytes(BYTES("\xf8\x80"), "\"\\ufffd\\ufffd\"");
}

static void names_end_with_their_field(void **state)
{
	struct json json = begin();

	(void)state;
	json_array(&json, NULL);
	json_name(&json, NULL, "abcdef", 3);
	json_name(&json, NULL, "ab\0c", 4);
	json_end(&json);
	assert_string_equal(text, "[\"abc\", \"ab\"]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(objects_arrays_and_rows_fit_together),
	    cmocka_unit_test(numbers_are_exact),
	    cmocka_unit_test(strings_of_any_bytes_are_valid),
	    cmocka_unit_test(broken_characters_are_told),
	    cmocka_unit_test(names_end_with_their_field),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
