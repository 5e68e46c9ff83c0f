"""Catalog: what is taught here, by whom, when and where, and what there is to learn in it.

Words     A course is *drafted*, *revised*, *priced*, *published*, and one day *archived*; a draft may be *discarded*.
          Its *outline* has *modules* in order, and in each *items* in order: required or optional, perhaps *released*
          at a time, perhaps only after other items, its *prerequisites*. It is taught in *sections*, each with so many
          seats (*capacity*), an *instructor*, *co-instructors* and *assistants*, and *meetings*: a time of day on a
          wall clock somewhere, in a room, once or week after week. Rooms and instructors have a *diary*.
Rules     Only what has an item is published, and what is published keeps one. Students are never shown a draft.
          An outline is reordered as a whole or not at all. Nothing is its own prerequisite, however far around.
          Nobody teaches at two places at once, and no room holds two meetings: `diary:{kind}:{key}` decides.
          Who teaches a section, or assists there, holds that role within it from that moment, and no longer.
          What an item is may be in a file that was found clean. Who removes the item unlinks the file.
Neighbours  Access is told in the same breath who teaches where. Enrolments, progress and paths hear `events`.
"""
