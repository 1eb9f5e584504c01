import { useText } from '../i18n';
import type { FieldErrors } from './use-form';

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/**
 * Checks the rules that stand on the controls themselves (`required`, `minlength`, `type`, `max` …) and words the
 * result in the chosen language; the browser's own bubbles use the browser's language and disappear.
 * This only spares a round trip: the server checks everything again.
 */
export function useFieldRules(): (form: HTMLFormElement) => FieldErrors {
  const { t } = useText();

  function wording(control: Control): string {
    const { validity } = control;
    if (validity.valueMissing) return t('invalid.required');
    if (isNumber(control) && !validity.valid) return t('invalid.number', { min: control.min, max: control.max });
    if (validity.typeMismatch && control.type === 'email') return t('invalid.email');
    if (validity.typeMismatch && control.type === 'url') return t('invalid.url');
    if (!hasLength(control)) return validity.valid ? '' : t('invalid.other');
    // The browser counts only what a person typed; a value put there by script (a draft, a paste filter) counts too.
    const { length } = control.value;
    if (length > 0 && length < control.minLength) return t('invalid.tooShort', { min: control.minLength });
    if (control.maxLength >= 0 && length > control.maxLength) return t('invalid.tooLong', { max: control.maxLength });
    return validity.valid ? '' : t('invalid.other');
  }

  return (form) => {
    const errors: FieldErrors = {};
    for (const element of form.elements) {
      if (!isControl(element) || element.name === '') continue;
      const message = wording(element);
      if (message !== '') errors[element.name] = message;
    }
    return errors;
  };
}

function isControl(element: Element): element is Control {
  return (
    element instanceof HTMLInputElement ||
    element instanceof HTMLSelectElement ||
    element instanceof HTMLTextAreaElement
  );
}

function isNumber(control: Control): control is HTMLInputElement {
  return control instanceof HTMLInputElement && control.type === 'number';
}

function hasLength(control: Control): control is HTMLInputElement | HTMLTextAreaElement {
  return control instanceof HTMLTextAreaElement || (control instanceof HTMLInputElement && control.type !== 'checkbox');
}
