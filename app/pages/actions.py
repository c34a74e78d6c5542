"""To come."""

import streamlit as st


def page(visit):
    st.title("actions")
