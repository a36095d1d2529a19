"""One form renderer for the whole site: label, help and error in the same place everywhere."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    field_template_name = "elements/field.html"
