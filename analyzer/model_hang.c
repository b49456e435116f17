/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the recorder saw when it was about to end the command. */
#include "analyzer/model_hang.h"

#include <string.h>

#include "analyzer/model_private.h"

static void seen_done(void *data)
{
	struct seen_thread *seen = data;

	g_free((char *)seen->state);
	g_free((char *)seen->kernel_name);
}

static void unseen_done(void *data)
{
	g_free((char *)((struct unseen_threads *)data)->why);
}

/* It is ended once: of several, which no recorder tells, the first one counts. */
void model_recording_hang(struct model *model, const struct event *event)
{
	struct model_hang *hang = model->hang;

	if (hang)
		return;
	hang = model->hang = g_new0(struct model_hang, 1);
	hang->reason = g_strdup(event->text ? event->text : "");
	hang->time_ns = event->time_ns;
	hang->idle_ns = MAX(event->value, -1);
	hang->seen = g_array_new(FALSE, TRUE, sizeof(struct seen_thread));
	g_array_set_clear_func(hang->seen, seen_done);
	hang->unseen = g_array_new(FALSE, TRUE, sizeof(struct unseen_threads));
	g_array_set_clear_func(hang->unseen, unseen_done);
}

void model_hang_free(struct model_hang *hang)
{
	if (!hang)
		return;
	g_array_unref(hang->seen);
	g_array_unref(hang->unseen);
	g_free((char *)hang->reason);
	g_free(hang);
}

static struct thread *find_thread(const struct process *process, int32_t tid)
{
	struct thread *thread = address_table_get(&process->private->threads, (uint32_t)tid);

	return thread && thread->state != THREAD_EXITED ? thread : NULL;
}

void model_thread_seen(struct model *model, const struct event *event)
{
	struct process *process = model_process_find(model, event->pid);
	const char *text = event->text ? event->text : "";
	const char *name = strstr(text, ", ");

	if (!model->hang || !process)
		return;
	struct seen_thread seen = {
		.process = process,
		.thread = find_thread(process, event->tid),
		.tid = event->tid,
		.state = name ? g_strndup(text, (gsize)(name - text)) : g_strdup(text),
		.kernel_name = g_strdup(name ? name + 2 : ""),
		.cpu_ns = MAX(event->value, 0),
		.place = { .process = process, .stack = event->stack },
	};
	if (seen.thread)
		seen.wait = seen.thread->wait;
	g_array_append_val(model->hang->seen, seen);
}

void model_thread_unseen(struct model *model, const struct event *event)
{
	struct unseen_threads unseen = { .count = MAX(event->value, 0) };

	if (!model->hang)
		return;
	unseen.why = g_strdup(event->text ? event->text : "");
	g_array_append_val(model->hang->unseen, unseen);
}

const struct model_hang *model_hang(const struct model *model)
{
	return model->hang;
}
