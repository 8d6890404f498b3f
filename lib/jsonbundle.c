/* See lib/jsonbundle.h. */
#include <kumiki/life.h>
#include <lib/bundle.h>
#include <lib/jsonbundle.h>

void jsonbundle_cores(struct json *json, const char *key, uint32_t mask)
{
	json_array(json, key);
	for (uint32_t i = 0; i < BUNDLE_CORES_MAX; i++)
		if ((mask >> i & 1) != 0)
			json_number(json, NULL, i);
	json_end(json);
}

void jsonbundle_names(struct json *json, const struct bundle_header *bundle, const char *key,
                      uint32_t mask)
{
	json_array(json, key);
	for (uint32_t i = 0; i < bundle->partitions.count; i++)
		if ((mask >> i & 1) != 0)
			json_name(json, NULL, bundle_partitions(bundle)[i].name, BUNDLE_NAME_SIZE);
	json_end(json);
}

void jsonbundle_holder(struct json *json, const struct bundle_header *bundle, const char *key,
                       uint32_t holder)
{
	if (holder < bundle->partitions.count)
		json_name(json, key, bundle_partitions(bundle)[holder].name, BUNDLE_NAME_SIZE);
	else
		json_null(json, key);
}

void jsonbundle_life(struct json *json, const struct bundle_header *bundle,
                     const struct bundle_partition *partition)
{
	static const char *const policies[] = {[LIFE_DO_RESTART] = "restart",
	                                       [LIFE_DO_STOP] = "stop",
	                                       [LIFE_DO_HOLD] = "hold",
	                                       [LIFE_DO_OFF] = "power off"};
	const struct bundle_life *life = &partition->life;

	json_object(json, "life");
	json_boolean(json, "starts_by_itself", (partition->flags & BUNDLE_MANUAL) == 0);
	jsonbundle_names(json, bundle, "after", life->after);
	json_string(json, "on_crash", policies[life->on_crash]);
	json_boolean(json, "restarts", (partition->flags & BUNDLE_NO_RESTART) == 0);
	json_number(json, "limit", life->limit);
	json_number(json, "window_ms", life->window);
	json_number(json, "delay_ms", life->delay);
	json_string(json, "at_limit", policies[life->at_limit]);
	json_boolean(json, "suspends", (partition->flags & BUNDLE_NO_SUSPEND) == 0);
	json_boolean(json, "hides_time", (partition->flags & BUNDLE_HIDE_TIME) != 0);
	json_end(json);
}

static const char *jsonbundle_kind(uint32_t kind)
{
	return kind == BUNDLE_RAM       ? "memory"
	       : kind == BUNDLE_KEPT    ? "kept"
	       : kind == BUNDLE_DEVICE  ? "device"
	       : kind == BUNDLE_WATCHED ? "watched"
	                                : "window";
}

void jsonbundle_region(struct json *json, const struct bundle_region *region)
{
	json_object(json, NULL);
	json_string(json, "kind", jsonbundle_kind(region->kind));
	json_name(json, "label", region->label, sizeof(region->label));
	json_number(json, "base", region->pa);
	json_number(json, "size", region->size);
	json_number(json, "seen_at", region->ipa);
	json_boolean(json, "writable",
	             region->kind != BUNDLE_WINDOW_READ && region->kind != BUNDLE_WATCHED);
	json_end(json);
}
