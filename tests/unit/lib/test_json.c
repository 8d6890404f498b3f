/* The writer of JSON: commas and brackets, numbers, and strings of any bytes. */
#include <lib/json.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>

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

TEST(objects_arrays_and_rows_fit_together)
{
	struct json json = begin();

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

TEST(numbers_are_exact)
{
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

TEST(strings_of_any_bytes_are_valid)
{
	expect_bytes(BYTES(""), "\"\"");
	expect_bytes(BYTES("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
	expect_bytes(BYTES("\0\n\x1b\x7f"), "\"\\u0000\\u000a\\u001b\\u007f\"");
	expect_bytes(BYTES("[kumiki]"), "\"\\u005bkumiki]\"");
	expect_bytes(BYTES("\xc3\xa9\xe2\x82\xac"), "\"\\u00e9\\u20ac\"");
	expect_bytes(BYTES("\xf0\x9f\x98\x80"), "\"\\ud83d\\ude00\"");
}

/* Each wrong byte becomes one sign. The bytes behind it are read anew. */
TEST(broken_characters_are_told)
{
	expect_bytes(BYTES("\xffx\x80"), "\"\\ufffdx\\ufffd\"");
	expect_bytes(BYTES("\xc0\xaf"), "\"\\ufffd\\ufffd\"");            /* too long a form */
	expect_bytes(BYTES("\xe2\x82"), "\"\\ufffd\\ufffd\"");            /* cut short */
	expect_bytes(BYTES("\xe2\"\\"), "\"\\ufffd\\\"\\\\\"");           /* hides a quote */
	expect_bytes(BYTES("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\""); /* a surrogate */
	expect_bytes(BYTES("\xf4\x90\x80\x80"), /* behind the last character */
	             "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
	expect_bytes(BYTES("\xf8\x80"), "\"\\ufffd\\ufffd\"");
}

TEST(names_end_with_their_field)
{
	struct json json = begin();

	json_array(&json, NULL);
	json_name(&json, NULL, "abcdef", 3);
	json_name(&json, NULL, "ab\0c", 4);
	json_end(&json);
	assert_string_equal(text, "[\"abc\", \"ab\"]\n");
}
