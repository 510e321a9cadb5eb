// Whose a key press is.

/** Whether a key press belongs to a field, a menu or a dialog rather than to the page. */
export function typing(event) {
  const at = event.target;
  return event.metaKey || event.ctrlKey || event.altKey || event.isComposing
    || (at instanceof HTMLElement && (at.isContentEditable || at.closest("input:not([type=checkbox], [type=radio]), textarea, select, dialog, [popover]")));
}
